"""Can every package that is installed be told by its hash and its licence?"""

import re
import tomllib

import pytest
from conftest import PROJECT

PINNED = re.compile(r"^([\w.-]+)==(\S+) \\$", re.MULTILINE)


def _locked(extra: str) -> dict[str, str]:
    text = (PROJECT / "requirements" / f"{extra}.txt").read_text(encoding="utf-8")
    return dict(PINNED.findall(text))


@pytest.mark.parametrize("extra", ["cpu", "cuda"])
def test_each_dependency_is_locked_with_a_hash_and_from_nowhere(extra: str) -> None:
    """No line names a host or a folder, and each package has a hash at least."""
    text = (PROJECT / "requirements" / f"{extra}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^(/|-|file:)", text, re.MULTILINE)
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"][extra]]
    for line in wanted:
        name = re.split(r"[<>=!~;\[ ]", line)[0].lower().replace("_", "-").replace(".", "-")
        assert name in _locked(extra), line


def test_setup_and_the_locked_file_name_the_same_versions() -> None:
    """What the tests run with is what is locked."""
    lines = (PROJECT / "constraints-cpu.txt").read_text(encoding="utf-8").split()
    constrained = dict(line.split("==") for line in lines if "==" in line)
    locked = _locked("cpu")
    shared = constrained.keys() & locked.keys()
    assert len(shared) > 150
    assert {name: locked[name] for name in shared} == {name: constrained[name] for name in shared}


def test_each_locked_package_has_its_licence_in_the_list() -> None:
    """`make locks` writes both."""
    listed = (PROJECT / "docs" / "licences.md").read_text(encoding="utf-8")
    for name in _locked("cpu"):
        assert f"| {name} | " in listed
