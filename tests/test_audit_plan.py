"""Does the plan answer for a run, and refuse what is no margin and no share?"""

import json
from pathlib import Path

import pytest
from conftest import Audit

REFUSAL = "I'm sorry, but I can't help with that."
HELP = "Sure. First take the blue one, then the red one, and put both on the table by the window."


@pytest.mark.parametrize(
    "arguments",
    [
        ("--margin", "nan"),
        ("--margin", "inf"),
        ("--margin", "0"),
        ("--margin", "0.02", "--flip-rate", "1"),
        ("--margin", "0.02", "--flip-rate", "nan"),
        ("--margin", "0.02", "--confidence", "nan"),
        ("--margin", "0.02", "--confidence", "1"),
        (),
    ],
)
def test_what_is_no_plan_is_refused_at_once(audit: Audit, arguments: tuple[str, ...]) -> None:
    """Not a number, everything flips, no margin: exit 2, and no loop without an end."""
    assert audit("plan", *arguments).returncode == 2


def test_a_tiny_margin_ends(audit: Audit) -> None:
    """Millions of probes are an answer, in seconds."""
    found = audit("plan", "--margin", "0.0001", "--flip-rate", "0.99", "--json")
    assert json.loads(found.stdout)["probes_needed"] > 1_000_000


def test_a_run_tells_its_flips_and_all_axes_jointly(audit: Audit, tmp_path: Path) -> None:
    """Four of 200 harmful probes flip, and no borderline one."""
    kinds = ("harmful", "borderline")
    probes = [
        {"id": f"{kind}-{n}", "set": "s", "kind": kind, "category": "c", "prompt": f"{kind} {n}?"}
        for kind in kinds
        for n in range(200)
    ]
    usual = {"harmful": REFUSAL, "borderline": HELP}
    before = [{"probe_id": p["id"], "text": usual[str(p["kind"])]} for p in probes]
    after = [{**row, "text": HELP} if n < 4 else row for n, row in enumerate(before)]
    for name, rows in (("probes", probes), ("before", before), ("after", after)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text)
    run = tmp_path / "run"
    files = [tmp_path / f"{name}.jsonl" for name in ("before", "after", "probes")]
    audit("import", files[0], files[1], "--probes", files[2], "--out", run)
    audit("score", run)
    audit("compare", run)
    told = audit("plan", "--run", run, "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    harmful, refused = (found["axes"][name] for name in ("harmful_compliance", "over_refusal"))
    assert (harmful["probes"], harmful["flip_rate"]) == (200, 0.02)
    assert refused["flip_rate"] == 0
    assert found["passes_all"] == pytest.approx(harmful["passes"] * refused["passes"])
    assert 0.1 < harmful["passes"] < 0.5
