"""What has to be installed for a module: lines for pip, from the names it imports."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

#: By a module's name: the distributions that it is part of, and their versions.
Installed = Mapping[str, Mapping[str, str]]

#: What the modules of these are part of where they are not installed.
OTHERWISE_NAMED = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "jwt": "pyjwt",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
#: A version of PEP 440 that pip may look for; what follows is a build of somebody's.
PUBLIC = re.compile(r"(?:\d+!)?(?P<release>\d+(?:\.\d+)*)(?:(?:a|b|rc)\d+)?")


def installed() -> dict[str, dict[str, str]]:
    """Return what is installed here. What says no name of its own is left out."""
    from importlib.metadata import packages_distributions, version

    return {
        module: {name: version(name) for name in names if name}
        for module, names in packages_distributions().items()
    }


def requirements(modules: Iterable[str], known: Installed) -> str:
    """Return the text of a requirements.txt for top-level modules, in order.

    What is known gets its version, and later ones that are compatible: pandas 2.2.3
    is "pandas~=2.2.3", which 2.2.4 is, too. Modules of Python itself need nothing.
    """
    found: dict[str, str] = {}
    for module in set(modules) - sys.stdlib_module_names:
        if known.get(module):
            found |= {n: n + compatible(v) for n, v in known[module].items()}
        elif module in OTHERWISE_NAMED:
            found[OTHERWISE_NAMED[module]] = OTHERWISE_NAMED[module]
        else:
            found[module] = f"{module}  # not installed: is this the name pip knows?"
    return "".join(f"{found[name]}\n" for name in sorted(found, key=str.lower))


def compatible(version: str) -> str:
    """Return what a version must be to do as this one did, as pip reads it."""
    public = PUBLIC.match(version)
    if public is None:
        return ""
    # "~=24" says nothing to pip: who counts so promises nothing, either.
    return f"{'~=' if '.' in public['release'] else '>='}{public[0]}"
