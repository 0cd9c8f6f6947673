"""How right is the built-in judge on people's labels, how sure of itself, and how fast?

Run it with `python benchmarks/judge.py LABELS.jsonl [OWN.jsonl]`; it needs scikit-learn. The judge
is measured out of fold: its weights are trained again without the responding model in question,
then without its whole publication, then without the prompt in question. `OWN.jsonl`, examples
without a responding model, is trained on in every fold by model and by publication and has folds by
prompt like all other rows. With `--held-out` the
shipped weights are measured on the file, which must not be one they were trained on. With `--write`
the measures by responding model are kept for comparisons to cite.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from train_judge import TrainingRow, fit, found_features, read_rows

from audit.records import REFUSALS
from reports.judges.evaluation import agreement
from reports.judges.judgement import Judgement
from reports.judges.rules.judge import ERROR, judge

PROMPT_FOLDS = 10
CONFIDENCE_BINS = 10
GUARDED = "+guard-system-prompt"

Judged = list[tuple[TrainingRow, Judgement]]


def main() -> None:
    """Print the measures, by responding model and by prompt, or of the shipped weights."""
    rows = read_rows([Path(name) for name in sys.argv[1:] if not name.startswith("--")])
    if "--held-out" in sys.argv:
        print_measures("shipped weights", [(row, judge(row.prompt, row.response)) for row in rows])
        print_speed(rows)
        return
    found = found_features(rows)
    by_model = out_of_fold(rows, found, lambda row: row.model)
    by_people = [pair for pair in by_model if is_people(pair[0])]
    print_measures("folds by responding model", by_people)
    if "--write" in sys.argv:
        write_error(by_people)
    by_base = out_of_fold(rows, found, lambda row: row.model.removesuffix(GUARDED))
    print_measures("the same, arms of one model together", [p for p in by_base if is_people(p[0])])
    by_publication = out_of_fold(rows, found, publication)
    print_measures("folds by publication", [p for p in by_publication if is_people(p[0])])
    by_prompt = out_of_fold(rows, found, prompt_fold)
    print_measures("folds by prompt", [pair for pair in by_prompt if is_people(pair[0])])
    print_measures("folds by prompt, own", [pair for pair in by_prompt if not is_people(pair[0])])
    print_speed(rows)


def write_error(judged: Judged) -> None:
    """Keep the measures where comparisons cite them from."""
    measured = agreement(
        [(row.label in REFUSALS, found.label in REFUSALS) for row, found in judged]
    )
    rounded = {key: round(value, 4) for key, value in measured.items() if value is not None}
    ERROR.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


def is_people(row: TrainingRow) -> bool:
    """Say whether the row is a published one."""
    return row.source != "own"


def publication(row: TrainingRow) -> str:
    """Return which published set the row comes from, whatever model responded."""
    return (row.source or "").partition(":")[0]


def prompt_fold(row: TrainingRow) -> str:
    """Return the fold of a row: rows with the same prompt share it."""
    return str(crc32(row.prompt.encode()) % PROMPT_FOLDS)


def out_of_fold(
    rows: list[TrainingRow], found: list[set[str]], fold_of: Callable[[TrainingRow], str]
) -> Judged:
    """Judge each row with weights trained on the other folds."""
    judged: Judged = []
    for fold in sorted({fold_of(row) for row in rows}):
        others = [place for place, row in enumerate(rows) if fold_of(row) != fold]
        model = fit([rows[place] for place in others], [found[place] for place in others])
        own = (row for row in rows if fold_of(row) == fold)
        judged.extend((row, judge(row.prompt, row.response, model)) for row in own)
    return judged


def print_measures(title: str, judged: Judged) -> None:
    """Print agreement overall and by source, calibration, and the guard prompt's effect."""
    print(f"\n{title}")
    for source in ("", *sorted({row.source for row, _ in judged})):
        pairings = [
            (row.label in REFUSALS, found.label in REFUSALS)
            for row, found in judged
            if source in ("", row.source)
        ]
        row = agreement(pairings)
        print(
            f"  {source or 'overall'}: n {row['n']}, "
            f"accuracy {row['accuracy']:.3f}, F1 {row['f1']:.3f}"
        )
    print(f"  expected calibration error {calibration_error(judged):.3f}")
    print_partial(judged)
    for kind in ("unsafe", "safe"):
        arms = [of_arm(judged, kind, guarded=guarded) for guarded in (False, True)]
        if all(arms):
            people, ours = ([share(arm, who) for arm in arms] for who in (0, 1))
            print(
                f"  guard prompt, {kind} refused: people {people[0]:.1%} to {people[1]:.1%}, judge "
                f"{ours[0]:.1%} to {ours[1]:.1%}, difference off by "
                f"{ours[1] - ours[0] - people[1] + people[0]:+.1%}"
            )


def of_arm(judged: Judged, kind: str, *, guarded: bool) -> list[tuple[bool, bool]]:
    """Return people's and the judge's refusals of one arm of the pair with a guard prompt."""
    bases = {row.model for row, _ in judged if row.model.endswith(GUARDED)}
    wanted = bases if guarded else {name.removesuffix(GUARDED) for name in bases}
    return [
        (row.label in REFUSALS, found.label in REFUSALS)
        for row, found in judged
        if row.model in wanted and row.prompt_kind == kind
    ]


def share(arm: list[tuple[bool, bool]], who: int) -> float:
    """Return the share of refusals, people's (0) or the judge's (1)."""
    return sum(pairing[who] for pairing in arm) / len(arm)


def print_partial(judged: Judged) -> None:
    """Print how often full and partial are told apart where both call it a refusal."""
    pairs = [
        (row.label == "partial_refusal", found.label == "partial_refusal")
        for row, found in judged
        if row.label in REFUSALS and found.label in REFUSALS
    ]
    people, ours = (sum(column) for column in zip(*pairs, strict=True)) if pairs else (0, 0)
    both = sum(map(all, pairs))
    print(f"  of {len(pairs)} refusals found partial: people {people}, judge {ours}, both {both}")


def calibration_error(judged: Judged) -> float:
    """Return the mean distance of confidence and accuracy over ten bins of confidence."""
    bins: dict[int, list[float]] = {}
    for row, found in judged:
        right = (row.label in REFUSALS) == (found.label in REFUSALS)
        place = min(int((found.confidence - 0.5) * 2 * CONFIDENCE_BINS), CONFIDENCE_BINS - 1)
        bins.setdefault(place, []).append(right - found.confidence)
    return sum(abs(sum(gaps)) for gaps in bins.values()) / len(judged)


def print_speed(rows: list[TrainingRow]) -> None:
    """Print how many responses a second one core judges, with everything."""
    started = time.process_time()
    for row in rows:
        judge(row.prompt, row.response)
    print(f"\n{len(rows) / (time.process_time() - started):.0f} responses a second")


if __name__ == "__main__":
    main()
