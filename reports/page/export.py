"""What do machines and papers get of a report: tables, pictures, a section of a model card?"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from audit.axis import AXES
from audit.files.lines import write_atomically
from audit.records import Probe, Response, Verdict
from reports.page.charts import as_png
from reports.page.facts import Facts
from reports.page.links import without_links
from reports.page.sides import read_side
from reports.people.corrected import Correction
from reports.words.csv_text import Cells, as_csv
from reports.words.templates import render


def write_exports(facts: Facts, folder: Path) -> None:
    """Write answers.csv, axes.csv, arms.csv, categories.csv, each picture, and model-card.md."""
    folder.mkdir(exist_ok=True)
    write_atomically(folder / "answers.csv", as_csv(_answers(facts)))
    write_atomically(folder / "axes.csv", as_csv(_axes(facts)))
    write_atomically(folder / "arms.csv", as_csv(_arms(facts)))
    write_atomically(folder / "categories.csv", as_csv(_categories(facts)))
    for name, picture in facts.pictures.items():
        write_atomically(folder / f"{name}.svg", without_links(facts.drawn[name]))
        write_atomically(folder / f"{name}.png", as_png(picture))
    write_atomically(folder / "model-card.md", model_card(facts))


def model_card(facts: Facts) -> str:
    """Return the section of a model card that says what was measured, in Markdown."""
    return render(
        "model-card.md",
        comparison=facts.comparison,
        axes=AXES,
        kinds=facts.kinds(),
        manifest=facts.manifest,
    )


def _answers(facts: Facts) -> Iterator[Cells]:
    """Yield every response of every arm with its verdict."""
    probes = {probe.id: probe for probe in facts.probes}
    ends = dict(zip(facts.ends, facts.sides, strict=True))
    for arm in sorted(arm.name for arm in facts.manifest.begun()):
        side = ends.get(arm) or read_side(facts.run, arm, facts.judge)
        for probe_id, responses in side.responses.items():
            if probe_id in probes:
                judged = {row.sample: row for row in side.verdicts.get(probe_id, [])}
                about = {**_about(probes[probe_id]), "arm": arm}
                yield from (about | _answer(said, judged.get(said.sample)) for said in responses)


def _answer(response: Response, verdict: Verdict | None) -> Cells:
    return {
        "sample": response.sample,
        "label": verdict.label if verdict else "unscored",
        "confidence": verdict.confidence if verdict else None,
        "score": verdict.score if verdict else None,
        "evidence": verdict.evidence if verdict else None,
        "text": response.text,
    }


def _about(probe: Probe) -> Cells:
    return {
        "probe_id": probe.id,
        "set": probe.set,
        "kind": probe.kind,
        "category": probe.category,
        "twin": probe.twin,
        "prompt": probe.question(),
    }


def _axes(facts: Facts) -> Iterator[Cells]:
    for axis, result in facts.comparison.axes.items():
        ends = (("before", result.before), ("after", result.after))
        sides = {f"{end}_{key}": cell for end, side in ends for key, cell in asdict(side).items()}
        decided = {"margin": result.margin, "status": result.status}
        corrected = _corrected(result.corrected)
        yield {"axis": axis, **sides, **asdict(result.difference), **decided, **corrected}


def _corrected(correction: Correction | None) -> Cells:
    """Return each method's rates, difference and status; empty cells where there are none."""
    cells: Cells = {}
    methods = {
        "prediction_powered": correction and correction.prediction_powered,
        "rogan_gladen": correction and correction.rogan_gladen,
    }
    for method, corrected in methods.items():
        for part in ("before", "after", "difference"):
            values = asdict(getattr(corrected, part)) if corrected else {}
            for key in ("estimate" if part == "difference" else "rate", "low", "high"):
                cells[f"{method}_{part}_{key}"] = values.get(key)
        cells[f"{method}_status"] = corrected.status if corrected else None
    return cells


def _arms(facts: Facts) -> Iterator[Cells]:
    for arm in facts.arms:
        for axis, rate in arm.axes.items():
            yield {"arm": arm.arm, "step": arm.step, "axis": axis, **asdict(rate)}


def _categories(facts: Facts) -> Iterator[Cells]:
    for axis, rows in facts.comparison.categories.items():
        for category, row in rows.items():
            cells = asdict(row)
            change = cells.pop("difference")
            yield {"axis": axis, "category": category, **cells, **change}
