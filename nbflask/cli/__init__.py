"""The command line. `nbflask run` serves, `nbflask routes` lists, `shell` tries.

locate -> script -> options -> commands, serve -> groups -> program; serving is
`app.run` in a script, runner is for tests.
"""

from __future__ import annotations

import click as click

from .commands import routes_command as routes_command
from .commands import run_command as run_command
from .commands import shell_command as shell_command
from .dotenv import load_dotenv as load_dotenv
from .groups import AppGroup as AppGroup
from .groups import FlaskGroup as FlaskGroup
from .locate import NoAppException as NoAppException
from .locate import find_app_by_string as find_app_by_string
from .locate import find_best_app as find_best_app
from .locate import locate_app as locate_app
from .locate import prepare_import as prepare_import
from .options import CertParamType as CertParamType
from .options import SeparatedPathType as SeparatedPathType
from .options import get_version as get_version
from .options import version_option as version_option
from .program import cli as cli
from .program import main as main
from .script import F as F
from .script import ScriptInfo as ScriptInfo
from .script import pass_script_info as pass_script_info
from .script import with_appcontext as with_appcontext
from .serving import serve_forever as serve_forever
from .serving import show_server_banner as show_server_banner
