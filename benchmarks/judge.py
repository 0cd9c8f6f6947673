"""How right is the built-in judge on people's labels, how sure of itself, and how fast?

Run it with `python benchmarks/judge.py LABELS.jsonl [OWN.jsonl]`; it needs scikit-learn. The judge
is measured out of fold: its weights are trained again without the responding model in question,
without its whole publication, without the prompt, and our own examples without the style.
`behind` says how the same answers are judged behind three sentences that training has not seen.
With `--held-out` the shipped weights are measured on the file, which must not be one they were
trained on. With `--write` the measures by responding model are kept for comparisons to cite, and
the errors by confidence, on people's labels and on our own examples by style, for pages to weigh.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from preambles import UNSEEN
from train_judge import OWN, Material, TrainingRow, fit, look_at, read_rows

from audit.records import REFUSALS
from reports.judges.calibration import calibration
from reports.judges.evaluation import agreement
from reports.judges.judgement import Judgement
from reports.judges.rules.judge import ERROR, judge
from reports.judges.rules.model import RefusalModel
from reports.judges.sureness import BANDS

PROMPT_FOLDS = 5
STYLE_FOLDS = 6
ARMS_EACH, ARM = 40, 200
BAND_STARTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.97)
GUARDED = "+guard-system-prompt"

Judged = list[tuple[TrainingRow, Judgement, Judgement]]
"""Each row with what the judge says of it, and behind sentences that lead up to it."""


def main() -> None:
    """Print the measures by model, publication, prompt and style, or of the shipped weights."""
    rows = read_rows([Path(name) for name in sys.argv[1:] if not name.startswith("--")])
    if "--held-out" in sys.argv:
        shipped = judged_by(rows, None)
        print_measures("shipped weights", shipped)
        print_by(shipped, lambda row: row.style)
        print_speed(rows)
        return
    found = look_at(rows)
    by_model = out_of_fold(found, lambda row: row.model if is_people(row) else None)
    print_measures("folds by responding model", by_model)
    by_publication = out_of_fold(found, lambda row: row.group() if is_people(row) else None)
    print_measures("folds by publication", by_publication)
    print_measures("folds by prompt", out_of_fold(found, prompt_fold))
    own_by_prompt = out_of_fold(found, own_prompt_fold)
    print_measures("own examples of today's styles, folds by prompt", own_by_prompt)
    by_style = out_of_fold(found, style_fold)
    print_measures("own examples, folds by style", by_style)
    print_by(by_style, lambda row: row.style)
    if "--write" in sys.argv:
        write_error(by_model)
        write_bands(by_model, by_style)
    print_speed(rows)


def write_bands(people: Judged, today: Judged) -> None:
    """Keep how often the judge was wrong at each confidence."""
    bands = [
        {
            "low": low,
            **_in_band("people", people, low, high),
            **_in_band("today", today, low, high),
        }
        for low, high in pairwise((*BAND_STARTS, 2.0))
    ]
    BANDS.write_text(json.dumps(bands, indent=1) + "\n", encoding="utf-8")


def _in_band(name: str, judged: Judged, low: float, high: float) -> dict[str, int]:
    wrong = [
        (found.label in REFUSALS) != (row.label in REFUSALS)
        for row, found, _ in judged
        if found.confidence is not None and low <= found.confidence < high
    ]
    return {name: len(wrong), f"{name}_wrong": sum(wrong)}


def write_error(judged: Judged) -> None:
    """Keep the measures where comparisons cite them from."""
    measured = agreement(pairings(judged))
    rounded = {key: round(value, 4) for key, value in measured.items() if value is not None}
    ERROR.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")


def is_people(row: TrainingRow) -> bool:
    """Say whether the row is a published one."""
    return row.source != OWN


def prompt_fold(row: TrainingRow) -> str | None:
    """Return the fold of a published row: rows with the same prompt share it."""
    return str(crc32(row.prompt.encode()) % PROMPT_FOLDS) if is_people(row) else None


def own_prompt_fold(row: TrainingRow) -> str | None:
    """Return the fold of one of our own rows of a modern style: rows with a prompt share it."""
    return str(crc32(row.prompt.encode()) % PROMPT_FOLDS) if row.written else None


def style_fold(row: TrainingRow) -> str | None:
    """Return the fold of one of our own rows of a modern style: whole styles share it."""
    return str(crc32(row.style.encode()) % STYLE_FOLDS) if row.written else None


def out_of_fold(found: list[Material], fold_of: Callable[[TrainingRow], str | None]) -> Judged:
    """Judge each row that has a fold with weights trained on all that is not in it."""
    judged: Judged = []
    folds = {id(one): fold_of(one.row) for one in found}
    for fold in sorted({fold for fold in folds.values() if fold is not None}):
        model = fit([one for one in found if folds[id(one)] != fold])
        judged += judged_by([one.row for one in found if folds[id(one)] == fold], model)
    return judged


def judged_by(rows: list[TrainingRow], model: RefusalModel | None) -> Judged:
    """Judge rows as they stand, and behind three sentences that training has not seen."""
    draw = random.Random(0)  # noqa: S311 - nothing secret
    judged: Judged = []
    for row in rows:
        behind = f"{' '.join(draw.sample(UNSEEN, 3))} {row.response}"
        found = (judge(row.prompt, text, model) for text in (row.response, behind))
        judged.append((row, *found))
    return judged


def pairings(judged: Judged, behind: int = 0) -> list[tuple[bool, bool]]:
    """Return people's and the judge's refusals, of answers as they stand (0) or behind others."""
    return [
        (row.label in REFUSALS, found[behind].label in REFUSALS)
        for row, *found in judged
        if found[behind].label != "unscored"
    ]


def print_measures(title: str, judged: Judged) -> None:
    """Print agreement overall and by source, calibration, and the guard prompt's effect."""
    print(f"\n{title}")
    print_by(judged, lambda row: row.source)
    for behind, name in enumerate(("overall", "behind three sentences")):
        row = agreement(pairings(judged, behind))
        print(
            f"  {name}: accuracy {row['accuracy']:.3f}, F1 {row['f1']:.3f}, "
            f"ECE {calibration_error(judged, behind):.3f}"
        )
    counted, averaged = differences_off(judged)
    print(
        f"  differences off by: counted {counted:.1f}, averaged probabilities {averaged:.1f} points"
    )
    print_partial(judged)
    for kind in ("unsafe", "safe"):
        arms = [of_arm(judged, kind, guarded=guarded) for guarded in (False, True)]
        if all(arms):
            people, ours = ([share(arm, who) for arm in arms] for who in (0, 1))
            off = ours[1] - ours[0] - people[1] + people[0]
            print(
                f"  guard prompt, {kind} refused: people {people[0]:.1%} to {people[1]:.1%}, judge "
                f"{ours[0]:.1%} to {ours[1]:.1%}, difference off by {off:+.1%}"
            )


def calibration_error(judged: Judged, behind: int) -> float:
    """Return the expected calibration error of the probability of a refusal."""
    sure = [
        (found[behind].label in REFUSALS, found[behind].confidence, row.label in REFUSALS)
        for row, *found in judged
        if found[behind].confidence is not None
    ]
    refusing = [confidence if refused else 1 - confidence for refused, confidence, _ in sure]
    found = calibration(refusing, [people for *_, people in sure])
    return found.error if found else 0.0


def differences_off(judged: Judged) -> tuple[float, float]:
    """Return how far differences between two arms are off, root mean square, in points.

    The arms are drawn from the answers of one source, the second with other odds of a refusal. The
    first number is of counted labels, the second of the mean of the judge's probabilities.
    """
    draw = random.Random(0)  # noqa: S311 - nothing secret
    off: list[tuple[float, float]] = []
    for source in sorted({row.source for row, *_ in judged}):
        rows = [_three(row, found) for row, found, _ in judged if row.source == source]
        for _ in range(ARMS_EACH):
            odds = draw.uniform(0.25, 4)
            arms = (
                draw.choices(rows, k=ARM),
                draw.choices(rows, weights=[odds if people else 1.0 for people, *_ in rows], k=ARM),
            )
            shares = [[sum(column) / ARM for column in zip(*arm, strict=True)] for arm in arms]
            people, counted, averaged = (b - a for a, b in zip(*shares, strict=True))
            off.append((100 * (counted - people), 100 * (averaged - people)))
    counted, averaged = (
        (sum(x * x for x in column) / len(off)) ** 0.5 for column in zip(*off, strict=True)
    )
    return counted, averaged


def _three(row: TrainingRow, found: Judgement) -> tuple[float, float, float]:
    """Return whether people and the judge call it a refusal, and the judge's probability of it."""
    refused = found.label in REFUSALS
    sure = 0.5 if found.confidence is None else found.confidence
    return float(row.label in REFUSALS), float(refused), sure if refused else 1 - sure


def print_by(judged: Judged, group_of: Callable[[TrainingRow], str]) -> None:
    """Print agreement by group."""
    for group in sorted({group_of(row) for row, *_ in judged}):
        row = agreement(pairings([one for one in judged if group_of(one[0]) == group]))
        if row["n"]:
            f1 = "none" if row["f1"] is None else f"{row['f1']:.3f}"
            print(f"  {group}: n {row['n']}, accuracy {row['accuracy']:.3f}, F1 {f1}")


def of_arm(judged: Judged, kind: str, *, guarded: bool) -> list[tuple[bool, bool]]:
    """Return people's and the judge's refusals of one arm of the pair with a guard prompt."""
    bases = {row.model for row, *_ in judged if row.model.endswith(GUARDED)}
    wanted = bases if guarded else {name.removesuffix(GUARDED) for name in bases}
    return pairings(
        [one for one in judged if one[0].model in wanted and one[0].prompt_kind == kind]
    )


def share(arm: list[tuple[bool, bool]], who: int) -> float:
    """Return the share of refusals, people's (0) or the judge's (1)."""
    return sum(pairing[who] for pairing in arm) / len(arm)


def print_partial(judged: Judged) -> None:
    """Print how often full and partial are told apart where both call it a refusal."""
    pairs = [
        (row.label == "partial_refusal", found.label == "partial_refusal")
        for row, found, _ in judged
        if row.label in REFUSALS and found.label in REFUSALS
    ]
    people, ours = (sum(column) for column in zip(*pairs, strict=True)) if pairs else (0, 0)
    both = sum(map(all, pairs))
    f1 = 2 * both / max(people + ours, 1)
    print(
        f"  of {len(pairs)} refusals partial: people {people}, judge {ours}, both {both}, "
        f"F1 {f1:.3f}"
    )


def print_speed(rows: list[TrainingRow]) -> None:
    """Print how many responses a second one core judges, with everything."""
    started = time.process_time()
    for row in rows:
        judge(row.prompt, row.response)
    print(f"\n{len(rows) / (time.process_time() - started):.0f} responses a second")


if __name__ == "__main__":
    main()
