"""What has to be installed for a module, as its imports tell."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from nbflask.export.deployment.requirements import installed, requirements

KNOWN = {
    "pandas": {"pandas": "2.2.3"},
    "yaml": {"PyYAML": "6.0.2"},
    "torch": {"torch": "2.4.0+cpu"},
    "nightly": {"nightly": "1.2rc1.dev3"},
    "counted": {"counted": "24"},
    "strange": {"strange": "unknown"},
    "google": {"google-auth": "2.3", "protobuf": "5.28.1"},
}


@pytest.mark.parametrize(
    ("modules", "lines"),
    [
        (["pandas"], ["pandas~=2.2.3"]),
        (["yaml"], ["PyYAML~=6.0.2"]),
        (["torch"], ["torch~=2.4.0"]),
        (["nightly"], ["nightly~=1.2rc1"]),
        (["counted"], ["counted>=24"]),
        (["strange"], ["strange"]),
        (["google"], ["google-auth~=2.3", "protobuf~=5.28.1"]),
        (["sklearn", "PIL"], ["pillow", "scikit-learn"]),
        (["mine"], ["mine  # not installed: is this the name pip knows?"]),
        (["os", "json", "__future__"], []),
        (["yaml", "pandas", "yaml", "sys"], ["pandas~=2.2.3", "PyYAML~=6.0.2"]),
        ([], []),
    ],
)
def test_modules_become_distributions_with_compatible_versions(modules, lines):
    assert requirements(modules, KNOWN).splitlines() == lines


def test_the_order_of_the_imports_makes_no_difference():
    names = [*KNOWN, "mine", "sklearn"]
    assert requirements(names, KNOWN) == requirements(reversed(names), KNOWN)


def test_what_is_installed_here_is_known_with_its_version():
    known = installed()
    assert known["yaml"].keys() == {"PyYAML"}
    assert known["pytest"] == {"pytest": pytest.__version__}
    assert not known.keys() & {"sys", "builtins"}


def test_what_is_installed_without_a_name_is_as_if_it_were_not(tmp_path, monkeypatch):
    (tmp_path / "torn-1.0.dist-info").mkdir()
    (tmp_path / "torn-1.0.dist-info/METADATA").touch()
    (tmp_path / "torn-1.0.dist-info/top_level.txt").write_text("torn\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert requirements(["torn"], installed()) == requirements(["torn"], {})


def test_pip_can_read_the_lines_and_what_is_installed_satisfies_them():
    lines = requirements([*KNOWN, "mine", "sklearn"], KNOWN).splitlines()
    assert len([Requirement(each.partition("  #")[0]) for each in lines]) == 10
    [line] = requirements(["pytest"], installed()).splitlines()
    assert Requirement(line).specifier.contains(pytest.__version__)
