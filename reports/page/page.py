"""What does a reviewer see? One self-contained HTML page that loads nothing from anywhere."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from audit.axis import AXES
from audit.files.borders import visible
from audit.run.prediction_file import read_prediction
from audit.run.training_alarms import last_of
from audit.run.training_files import read_contamination
from audit.run.training_path import path_of
from reports.comparison.twins import twin_outcomes
from reports.page.about import about
from reports.page.answers import Row, byte_budget, make_rows
from reports.page.facts import Facts
from reports.page.flips import flips_by_category, flips_by_set
from reports.page.links import LABEL_OF, counted_answers
from reports.page.openings import new_openings, unsure
from reports.page.standing import standing_of
from reports.page.training import alarms
from reports.page.wordings import commonest, new_refusals
from reports.results.pairwise import read_pairwise
from reports.words.axes import most_changed
from reports.words.cautions import cautions
from reports.words.expected import expected_and_found
from reports.words.judges import described, error_sentence, pairwise_sentences
from reports.words.next_steps import Standing, next_steps
from reports.words.once import Once
from reports.words.templates import content_hash, embedded, picture, render
from reports.words.training_path import stopped_training_sentences

VERDICT_WORDS = {"pass": "Pass", "regressed": "Regressed", "inconclusive": "Inconclusive"}
SECTIONS = {
    "next": "what next",
    "tradeoff": "trade-off",
    "changes": "what changed",
    "answers": "answers",
    "training": "training",
    "trust": "trust",
    "identity": "identity",
    "sign-off": "sign-off",
}
CHANGES = {
    "flips": "changed sides",
    "worse": "for the worse",
    "better": "for the better",
    "to refusal": "to refusal",
    "to compliance": "to compliance",
    "score": "score changed",
    "none": "unchanged",
}
SCRIPTS = ("answer_filters.js", "answer_row.js", "page.js")
REFUSED = {"refused": "refused, in full or in part"}
GROUPS = {"category": "category", "wording": "wording of new refusals"}
SORTS = {
    "movement": "largest movement",
    "unsure": "judge least sure",
    "category": "category",
    "id": "id",
}


def render_page(facts: Facts, *, redact: bool = False) -> str:
    """Return the report of a compared run as HTML; the same run gives the same bytes.

    With `redact`, harmful probes and what was answered to them are not in the file at all.
    """
    title = VERDICT_WORDS[facts.comparison.verdict]
    rows, data, total = _rows_that_fit(facts, redact=redact)
    script = _script()
    return render(
        "page.html",
        name=visible(facts.name),
        redacted=redact,
        comparison=facts.comparison,
        comparison_sha256=sha256(facts.run.comparison.read_bytes()).hexdigest(),
        verdict_title=title,
        about=about(facts),
        once=Once(),
        next_steps=next_steps(_standing(facts)),
        wordings=new_refusals(facts.probes, facts.sides),
        cautions=cautions(facts.comparison),
        new_openings=new_openings(*facts.sides),
        unsure=dict(zip(facts.ends, map(unsure, facts.sides), strict=True)),
        changed_most=most_changed(facts.comparison.categories),
        sections={
            anchor: words
            for anchor, words in SECTIONS.items()
            if anchor != "training" or facts.metrics
        },
        arms=facts.arms,
        axes=AXES,
        counted=counted_answers,
        label_of=LABEL_OF,
        arm_ends=dict(zip(facts.ends, ("before", "after"), strict=True)),
        pictures={name: _on_both_screens(drawn) for name, drawn in facts.on_page.items()},
        flips=flips_by_set(facts.probes, facts.sides),
        category_flips=flips_by_category(facts.probes, facts.sides),
        twins=_twins(facts),
        counts={
            "asked": len(facts.probes),
            "unanswered": len(facts.probes) - total,
            "left_out": total - len(rows),
            "shown": len(rows),
        },
        filters=_filters(rows),
        kinds=facts.kinds(),
        system_prompt=facts.config.generation.system_prompt,
        example_prompt=facts.example_prompt(),
        languages=facts.languages(),
        judge=_judge(facts),
        pairwise=[
            sentence for one in read_pairwise(facts.run) for sentence in pairwise_sentences(one)
        ],
        manifest=facts.manifest,
        unit=facts.config.train.unit,
        rows=embedded(data),
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=content_hash(script),
        **_training(facts),
        **_configured(facts),
    )


def _script() -> str:
    """Return the page's own script, whose parts share their names and no others."""
    folder = files("reports.page").joinpath("templates")
    parts = [folder.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS]
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "\n})();\n"


def _on_both_screens(drawings: dict[str, str]) -> Markup:
    """Return a picture as a wide screen has it, and as a narrow one has; one of them is shown."""
    return Markup("").join(
        Markup('<div class="{}">{}</div>').format(shown, picture(svg))
        for shown, svg in drawings.items()
    )


def _standing(facts: Facts) -> Standing:
    """Return what the next steps depend on; the run is called by its name, not by its path."""
    made = (facts.manifest, facts.config)
    wording = commonest(facts.probes, facts.sides)
    return standing_of(facts.name, facts.comparison, facts.table, made, wording)


def _judge(facts: Facts) -> dict[str, Any]:
    judge = facts.comparison.judge
    return {
        "described": described(judge),
        "error": error_sentence(judge),
        "weights_unknown": any(one.model and one.model.endpoint_url for one in judge.asked()),
    }


def _rows_that_fit(facts: Facts, *, redact: bool) -> tuple[list[Row], list[str], int]:
    """Return the answers that fit into the page, the same as JSON, and how many there are."""
    pictures = [svg for drawn in facts.on_page.values() for svg in drawn.values()]
    left = byte_budget(len(facts.probes)) - sum(map(len, pictures))
    rows: list[Row] = []
    data: list[str] = []
    wordings = {
        probe: one.opening
        for one in new_refusals(facts.probes, facts.sides)
        for probe in one.probes
    }
    total, shown = make_rows(facts.probes, facts.sides, wordings, redact=redact)
    for row in shown:
        text = json.dumps(asdict(row), ensure_ascii=False, separators=(",", ":"))
        left -= len(text.encode("utf-8"))
        if left < 0:
            break
        rows.append(row)
        data.append(text)
    return rows, data, total


def _filters(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """Return the lists that the answers can be narrowed by, each with what occurs in them."""
    axes = {
        axis.name: axis.title
        for axis in AXES
        if any(row.kind in axis.kinds and (row.checked or not axis.needs_check) for row in rows)
    }
    judge = {"unsure": "unsure"}
    if any(row.other_judges for row in rows):
        judge["disagreement"] = "judges disagree"
    listed = {
        "axis": ("Axis", "all", axes),
        "kind": ("Kind", "all", _each(row.kind for row in rows)),
        "category": ("Category", "all", _each(row.category for row in rows)),
        "set": ("Set", "all", _each(row.set for row in rows)),
        "change": ("Change", "all", CHANGES),
        "before": ("Label before", "all", {**REFUSED, **_each(row.before.label for row in rows)}),
        "label": ("Label after", "all", {**REFUSED, **_each(row.after.label for row in rows)}),
        "wording": ("Wording", "all", {row.wording: row.wording for row in rows if row.wording}),
        "group": ("Grouped by", "nothing", GROUPS),
        "judge": ("Judge", "sure or not", judge),
        "sort": ("Order", "for the worse first", SORTS),
    }
    return {
        key: {"title": title, "all": every, "options": options}
        for key, (title, every, options) in listed.items()
    }


def _each(values: Iterable[str]) -> dict[str, str]:
    return {value: value.replace("_", " ") for value in sorted(set(values))}


def _twins(facts: Facts) -> dict[str, dict[str, int]] | None:
    if not facts.comparison.twins:
        return None
    arms = zip(facts.ends, facts.sides, strict=True)
    return {arm: twin_outcomes(facts.probes, side.verdicts) for arm, side in arms}


def _training(facts: Facts) -> dict[str, Any]:
    return {
        "metrics": facts.metrics,
        "alarms": alarms(facts.metrics),
        "last_accuracy": last_of(facts.metrics, "rewards/accuracies"),
        "last_margin": last_of(facts.metrics, "rewards/margins"),
        "contamination": read_contamination(facts.run),
        "expected": expected_and_found(read_prediction(facts.run), facts.comparison.axes),
        "path": path_of(facts.run).read_points(),
        "path_tokens": facts.config.train.ask_max_tokens,
        "path_axes": [axis for axis in AXES if axis.is_judged],
        "stopped": stopped_training_sentences(facts.run),
    }


def _configured(facts: Facts) -> dict[str, Any]:
    trained = {"training": facts.config.train.seed} if facts.metrics else {}
    asked = {"generation": facts.config.generation.seed} if facts.manifest.model else {}
    return {
        "config_text": facts.run.config.read_text(encoding="utf-8"),
        "seeds": {**trained, **asked},
    }
