"""Write docs/licences.md: under which licence each package comes that is installed with this one.

`make locks` runs it, in an environment that holds what requirements/cpu.txt names.
"""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

PROJECT = Path(__file__).parents[1]
ABOUT = """\
<!-- Made by docs/licences.py from the packages' own metadata. `make locks` writes it anew. -->

What `requirements/cpu.txt` installs, and what each package says of its licence. This project is
under Apache-2.0 and ships none of them."""
LONGEST = 60


def names() -> list[str]:
    """Return the packages of requirements/cpu.txt."""
    text = (PROJECT / "requirements" / "cpu.txt").read_text(encoding="utf-8")
    return re.findall(r"^([\w.-]+)==", text, flags=re.MULTILINE)


def licence_of(name: str) -> str:
    """Return the licence that an installed package states, as an expression where it has one."""
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return "not installed here"
    if expression := stated.get("License-Expression"):
        return expression
    classifiers = stated.get_all("Classifier") or []
    named = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License ::")]
    if named:
        return ", ".join(named)
    first = (stated.get("License") or "not stated").strip().splitlines()[0]
    return first if len(first) <= LONGEST else f"{first[:LONGEST]}..."


def main() -> None:
    """Write the document."""
    rows = [f"| {name} | {licence_of(name)} |" for name in names()]
    table = "\n".join(["| package | licence |", "|---|---|", *rows])
    text = f"# Licences of dependencies\n\n{ABOUT}\n\n{table}\n"
    (PROJECT / "docs" / "licences.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
