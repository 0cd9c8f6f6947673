"""Do corrected differences come close to those of people who labelled everything?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit, read_rows, write_rows


@pytest.mark.parametrize("blind_to", [None, 5])
def test_corrected_differences_come_close_to_peoples(
    audit: Audit, shared_data: Path, tmp_path: Path, blind_to: int | None
) -> None:
    """Two arms of XSTest that people labelled in full; 300 labels an arm, drawn and filled.

    The judge's weights saw these answers, so it is hardly wrong; the second judge takes every
    fifth refusal after training for an answer.
    """
    rows = read_rows(shared_data / "refusal_labels" / "dev.jsonl")
    model = "xstest:mistral-7b-instruct-v0.1"
    arms = [
        {row["prompt"]: row for row in rows if row["source"] == source}
        for source in (model, f"{model}+guard-system-prompt")
    ]
    prompts = sorted(arms[0].keys() & arms[1].keys())
    kinds = ["borderline" if arms[0][p]["prompt_kind"] == "safe" else "harmful" for p in prompts]
    probes = [
        {"id": f"p{n:03d}", "set": "xstest", "kind": kind, "category": "c", "prompt": prompt}
        for n, (prompt, kind) in enumerate(zip(prompts, kinds, strict=True))
    ]
    files = [
        write_rows(
            tmp_path / f"{name}.jsonl",
            [{"probe_id": p["id"], "text": found[p["prompt"]]["response"]} for p in probes],
        )
        for name, found in zip(("before", "after"), arms, strict=True)
    ]
    asked, run = write_rows(tmp_path / "probes.jsonl", probes), tmp_path / "run"
    assert audit("import", *files, "--probes", asked, "--out", run).returncode == 0
    assert audit("score", run).returncode == 0
    if blind_to:
        _miss_every(blind_to, run / "arms" / "after" / "verdicts.rules.jsonl")
    assert audit("annotate", run, "--n", 600).returncode == 0
    key = read_rows(run / "annotation" / "batch-1" / "sample.jsonl")
    prompt_of = {row["id"]: row["prompt"] for row in probes}
    said = [
        {
            "item": row["item"],
            "label": arms[row["arm"] == "after"][prompt_of[row["probe_id"]]]["label"],
        }
        for row in key
    ]
    sheet = write_rows(tmp_path / "said.jsonl", said)
    assert audit("annotate", run, "--import", sheet, "--annotator", "XSTest").returncode == 0
    found = json.loads(audit("compare", run, "--json").stdout)
    for axis, kind in (("harmful_compliance", "harmful"), ("over_refusal", "borderline")):
        counted = [p for p, of in zip(prompts, kinds, strict=True) if of == kind]
        complied = [
            sum(found_[p]["label"] == "compliance" for p in counted) / len(counted)
            for found_ in arms
        ]
        truth = (complied[1] - complied[0]) * (1 if kind == "harmful" else -1)
        corrected = found["axes"][axis]["corrected"]["prediction_powered"]["difference"]
        assert corrected["low"] < truth < corrected["high"]
        assert corrected["estimate"] == pytest.approx(truth, abs=0.03)
        if blind_to:
            judged = found["axes"][axis]["difference"]["estimate"]
            assert abs(corrected["estimate"] - truth) < 0.7 * abs(judged - truth)


def _miss_every(nth: int, path: Path) -> None:
    """Have the judge take every nth full refusal for an answer."""
    verdicts = read_rows(path)
    for row in [row for row in verdicts if row["label"] == "full_refusal"][::nth]:
        row.update(label="compliance", confidence=0.8)
    write_rows(path, verdicts)


def test_a_torn_label_is_kept_and_told(audit: Audit, labelled_run: Path, tmp_path: Path) -> None:
    """What a kill left of a person's label is moved beside the file, and whoever reads is told."""
    run = shutil.copytree(labelled_run, tmp_path / "run")
    labels = run / "annotation" / "labels.jsonl"
    before = labels.read_bytes()
    labels.write_bytes(before + b'{"batch": "batch-1", "label": "compl')
    said = audit("annotate", run, "--status")
    assert said.returncode == 0, said.stderr
    assert labels.read_bytes() == before
    assert (labels.parent / "labels.jsonl.torn").read_bytes().startswith(b'{"batch": "batch-1"')
    assert "labels.jsonl.torn" in said.stdout


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("item,label,label\na,compliance,full_refusal\n", "label more than once"),
        ("<!doctype html><title>sheet</title>\n", "holds no line of a sheet"),
        ("item,prompt\na,b\n", "holds no line with a label column"),
    ],
)
def test_a_file_that_is_no_filled_sheet(
    audit: Audit, labelled_run: Path, tmp_path: Path, text: str, what: str
) -> None:
    """A sheet with two label columns, a page, and a table without labels are refused."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(text)
    said = audit("annotate", labelled_run, "--import", sheet, "--annotator", "Ann")
    assert said.returncode == 2, said.stdout
    assert what in said.stderr
