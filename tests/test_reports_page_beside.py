"""Do several judges, samples and runs stand beside each other on the page?"""

import json
import shutil
from pathlib import Path

from conftest import Audit, write_rows
from page_runs import HELP, REFUSAL, count_of, make_run, twin_probes
from playwright.sync_api import Browser


def test_a_second_judge_stands_beside_the_first(
    audit: Audit, browser: Browser, page_run: Path, tmp_path: Path
) -> None:
    """Where judges differ can be filtered, why one has no label is told, and both can decide."""
    judged = shutil.copytree(page_run, tmp_path / "judged")
    for arm in ("before", "after"):
        own = judged / "arms" / arm / "verdicts.rules.jsonl"
        rows = [json.loads(line) for line in own.read_text(encoding="utf-8").splitlines()]
        second = [{**row, "judge": "second"} for row in rows]
        if arm == "after":
            reason = {"reason": "<b>timed out</b>", "evidence": None, "confidence": None}
            second[1] |= {"label": "unscored", **reason}
            second[3] |= {"label": "compliance", "evidence": None}
        write_rows(own.with_name("verdicts.second.jsonl"), second)
    manifest = json.loads((judged / "manifest.json").read_text(encoding="utf-8"))
    manifest["judges"]["second"] = {**manifest["judges"]["rules"], "name": "second"}
    (judged / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert audit("report", judged).returncode == 0
    opened = browser.new_page()
    opened.goto((judged / "report.html").resolve().as_uri())
    opened.locator("#filter-judge").select_option("disagreement")
    assert count_of(opened) == "1 of 60 probes"
    assert audit("compare", judged, "--judge", "second").returncode in (0, 3, 4)
    assert len(list((judged / "comparisons").iterdir())) == 1, "the first judge's is kept"
    assert audit("report", judged).returncode == 0
    opened.goto((judged / "report.html").resolve().as_uri() + "#?q=borderline-000")
    opened.reload()
    opened.locator(".answer-row summary").first.click()
    opened.locator(".answer-row .answers").wait_for()
    row = opened.locator(".answer-row").first.inner_text()
    assert "unscored (<b>timed out</b>)" in row
    assert "judge rules: compliance → full_refusal" in row
    opened.close()


def test_every_sample_can_be_read(audit: Audit, browser: Browser, tmp_path: Path) -> None:
    """The first sample stands beside the other arm's; further ones open below it, also found."""
    probes = twin_probes(2)
    sampled = [
        {"probe_id": row["id"], "sample": n, "text": f"{REFUSAL if n else HELP} Take {n}."}
        for row in probes
        for n in range(3)
    ]
    made = make_run(audit, tmp_path, "sampled", probes, after=sampled)
    opened = browser.new_page()
    opened.goto((made / "report.html").resolve().as_uri() + "#?probe=borderline-001&q=take+2")
    row = opened.locator("#probe-borderline-001")
    assert "2 of 3 samples refused" in row.inner_text()
    assert "Take 2." not in row.inner_text()
    row.get_by_text("Further samples: 2").click()
    assert row.inner_text().count(REFUSAL) == 2
    assert "Take 2." in row.inner_text()
    opened.close()
    assert audit("report", made, "--redact").returncode == 0
    redacted = (made / "report-redacted.html").read_text(encoding="utf-8")
    assert redacted.count("Take 2.") == 2


def test_several_runs_stand_on_one_page(audit: Audit, page_run: Path, tmp_path: Path) -> None:
    """Their names and what was set otherwise; runs of other probes are refused."""
    other = tmp_path / "strict"
    shutil.copytree(page_run, other)
    config = (other / "config.yaml").read_text(encoding="utf-8")
    (other / "config.yaml").write_text(config.replace("beta: 0.1", "beta: 0.3"), encoding="utf-8")
    page = tmp_path / "sweep.html"
    result = audit("report", page_run, other, "--out", page)
    assert result.returncode == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert "strict" in text
    assert "train.beta" in text
    stranger = make_run(audit, tmp_path, "stranger", twin_probes(3))
    refused = audit("report", page_run, stranger, "--out", page)
    assert (refused.returncode, "other probes" in refused.stderr) == (2, True)
    assert audit("report", page_run, page_run, "--redact").returncode == 2
