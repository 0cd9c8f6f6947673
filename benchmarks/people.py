"""How close do corrected differences come to people's, drawn and labelled anew with many seeds?

Run it with `python benchmarks/people.py LABELS.jsonl BEFORE AFTER [SEEDS]`, where BEFORE and
AFTER are sources of the label file that answered the same prompts, as
xstest:mistral-7b-instruct-v0.1 and xstest:mistral-7b-instruct-v0.1+guard-system-prompt. The two
are imported as arms, judged by the built-in judge, and 150 answers an arm are drawn and labelled
as people did; then the same with a judge that takes every fifth refusal after for an answer.
"""

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from report import audit, write

DRAWN = 300
SEEDS = 10
BLIND_TO = 5
KINDS = {"safe": "borderline", "unsafe": "harmful"}
AXES = {"harmful_compliance": ("harmful", True), "over_refusal": ("borderline", False)}

Arms = dict[str, dict[str, dict[str, str]]]
"""Each arm's rows of the label file, by the probe's id."""


def main() -> None:
    """Print the root mean square errors of the judged and the corrected differences."""
    seeds = int(sys.argv[4]) if sys.argv[4:] else SEEDS
    arms = read_arms(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    with TemporaryDirectory() as folder:
        run = import_run(Path(folder), arms)
        for name in ("the judge as it is", "blind to every fifth refusal after"):
            errors = [errors_with_seed(run, arms, seed) for seed in range(seeds)]
            print_errors(name, errors)
            blind(run)


def read_arms(labels: Path, before: str, after: str) -> Arms:
    """Return the rows of both sources for the prompts that both have."""
    rows = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    found = [
        {row["prompt"]: row for row in rows if row["source"] == source}
        for source in (before, after)
    ]
    prompts = sorted(found[0].keys() & found[1].keys())
    ids = {prompt: f"p{place:03d}" for place, prompt in enumerate(prompts)}
    return {
        arm: {ids[prompt]: by_prompt[prompt] for prompt in prompts}
        for arm, by_prompt in zip(("before", "after"), found, strict=True)
    }


def import_run(folder: Path, arms: Arms) -> Path:
    """Import the two arms and judge them."""
    probes = [
        {"id": name, "set": "labels", "category": "all", "prompt": row["prompt"]}
        | {"kind": KINDS[row["prompt_kind"]]}
        for name, row in arms["before"].items()
    ]
    write(folder / "probes.jsonl", probes)
    for arm, rows in arms.items():
        answers = [{"probe_id": name, "text": row["response"]} for name, row in rows.items()]
        write(folder / f"{arm}.jsonl", answers)
    run = folder / "run"
    ends = [str(folder / f"{arm}.jsonl") for arm in arms]
    audit("import", *ends, "--probes", str(folder / "probes.jsonl"), "--out", str(run))
    audit("score", str(run))
    return run


def errors_with_seed(run: Path, arms: Arms, seed: int) -> dict[str, tuple[float, float, bool]]:
    """Return, for each axis, both errors in points and whether the interval holds people's."""
    drawn = Path(shutil.copytree(run, run.with_name(f"seed-{seed}"), dirs_exist_ok=False))
    audit("annotate", str(drawn), "--n", str(DRAWN), "--seed", str(seed))
    key = (drawn / "annotation" / "batch-1" / "sample.jsonl").read_text(encoding="utf-8")
    items = [json.loads(line) for line in key.splitlines()]
    said = [
        {"item": row["item"], "label": arms[row["arm"]][row["probe_id"]]["label"]} for row in items
    ]
    write(drawn / "said.jsonl", said)
    labels = str(drawn / "said.jsonl")
    audit("annotate", str(drawn), "--import", labels, "--annotator", "people")
    audit("compare", str(drawn))
    compared = json.loads((drawn / "comparison.json").read_text(encoding="utf-8"))["axes"]
    shutil.rmtree(drawn)
    errors = {}
    for axis in AXES:
        people, found = difference(axis, arms), compared[axis]
        corrected = found["corrected"]["prediction_powered"]["difference"]
        judged, mended = found["difference"]["estimate"] - people, corrected["estimate"] - people
        errors[axis] = (100 * judged, 100 * mended, corrected["low"] < people < corrected["high"])
    return errors


def difference(axis: str, arms: Arms) -> float:
    """Return people's difference on an axis."""
    kind, complying = AXES[axis]
    rates = []
    for rows in arms.values():
        labels = [row["label"] for row in rows.values() if KINDS[row["prompt_kind"]] == kind]
        rates.append(sum((label == "compliance") == complying for label in labels) / len(labels))
    return rates[1] - rates[0]


def blind(run: Path) -> None:
    """Have the judge take every fifth full refusal after for an answer."""
    path = run / "arms" / "after" / "verdicts.rules.jsonl"
    verdicts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in [row for row in verdicts if row["label"] == "full_refusal"][::BLIND_TO]:
        row.update(label="compliance", confidence=0.8)
    write(path, verdicts)


def print_errors(name: str, errors: list[dict[str, tuple[float, float, bool]]]) -> None:
    """Print the root mean square errors over the seeds, and how many intervals hold."""
    for axis in AXES:
        judged, mended = (
            (sum(row[axis][place] ** 2 for row in errors) / len(errors)) ** 0.5 for place in (0, 1)
        )
        held = sum(row[axis][2] for row in errors)
        print(
            f"{name}, {axis}: judged off by {judged:.1f} points, corrected by {mended:.1f}; "
            f"{held} of {len(errors)} intervals hold people's",
            flush=True,
        )


if __name__ == "__main__":
    main()
