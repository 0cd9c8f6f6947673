"""Are the documents a site whose links lead somewhere, and do its examples do what they say?"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT
from made_documents import load_generate
from pydantic import TypeAdapter

from audit.answer_checks import Check
from reports.checks.checks import passes

load_generate()
import probe_checks  # noqa: E402 - lies beside docs/generate.py

MKDOCS = Path(sys.executable).with_name("mkdocs")
QUIETLY = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}


def _build(project: Path, site: Path) -> "subprocess.CompletedProcess[str]":
    command = [MKDOCS, "build", "--config-file", project / "mkdocs.yml", "--site-dir", site]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=QUIETLY)


def test_the_site_builds_with_every_page_in_its_menu(tmp_path: Path) -> None:
    """Strictly: no link, anchor or page is missing, and nothing is fetched from elsewhere."""
    built = _build(PROJECT, tmp_path / "site")
    assert built.returncode == 0, built.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) >= len(list((PROJECT / "docs").rglob("*.md")))
    page = (tmp_path / "site" / "tutorial.html").read_text(encoding="utf-8")
    assert 'src="http' not in page
    assert 'rel="stylesheet" href="http' not in page


@pytest.mark.parametrize("link", ["[gone](nowhere.md)", "[gone](glossary.md#no-such-word)"])
def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path, link: str) -> None:
    """A missing page and a missing heading are found."""
    shutil.copytree(PROJECT / "docs", tmp_path / "docs")
    shutil.copy(PROJECT / "mkdocs.yml", tmp_path)
    with (tmp_path / "docs" / "index.md").open("a", encoding="utf-8") as page:
        page.write(f"\n{link}\n")
    built = _build(tmp_path, tmp_path / "site")
    assert built.returncode != 0
    assert link.partition("(")[2].rstrip(")").partition("#")[0] in built.stderr


@pytest.mark.parametrize("record", probe_checks.EXAMPLES, ids=lambda record: record.__name__)
def test_each_check_does_what_its_example_says(record: type) -> None:
    """One answer passes it, and one does not."""
    shown = probe_checks.EXAMPLES[record]
    check: Check = TypeAdapter(Check).validate_python(shown.check)
    assert type(check) is record
    assert passes(check, shown.passes) is True
    assert passes(check, shown.fails) is False
