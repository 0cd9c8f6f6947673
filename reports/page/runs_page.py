"""How do several runs stand beside each other, those of a sweep for example?"""

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from audit.axis import AXES
from audit.errors import InputError, Problem
from audit.files.borders import visible
from reports.page.charts import as_svg
from reports.page.charts_tradeoff import runs_chart, tradeoff_chart
from reports.page.facts import Facts
from reports.page.links import Link, link_to, linked, mark, without_links
from reports.results.arms import ArmRates
from reports.results.swept import Swept
from reports.words import recipes
from reports.words.templates import content_hash, picture, render

MOST_PLANES = 4
"""So many settings that differ are drawn, each in a plane of its own."""


def render_runs(
    all_facts: list[Facts], page: Path | None = None, swept: Swept | None = None
) -> str:
    """Return one HTML page on compared runs: what was set otherwise, and what came of it.

    `page` is where it will stand, for links to each run's report; `swept` is how the runs of a
    sweep ended, those among them that failed, and what each recipe does.

    Raises:
        InputError: two runs have the same name, or asked other probes.
    """
    _refuse_what_cannot_stand_together(all_facts)
    settings = _differing_settings(all_facts)
    script = Markup((files("reports.page") / "templates" / "runs.js").read_text(encoding="utf-8"))  # noqa: S704 - our own script
    reports = [link_to(facts.run.root, page, redacted=False) for facts in all_facts]
    runs = [
        {
            "name": visible(facts.name),
            "comparison": facts.comparison,
            "report": reports[place],
            "settings": [values[place] for values in settings.values()],
        }
        for place, facts in enumerate(all_facts)
    ]
    return render(
        "runs.html",
        runs=runs,
        settings=list(settings),
        axes=AXES,
        planes=_planes(all_facts, settings, reports),
        failed=[run for run in swept.runs if run.failure] if swept else [],
        recipes=swept.recipes if swept else [],
        words=recipes,
        version=all_facts[0].manifest.audit_version,
        script=script,
        script_hash=content_hash(script),
    )


def _planes(
    all_facts: list[Facts], settings: dict[str, list[str]], reports: list[str | None]
) -> dict[str, Markup]:
    """Draw the trade-off plane once for each setting that differs, coloured by it.

    Where none does there is one plane, and where an axis is absent there is none.
    """
    arms = _arms(all_facts)
    if not settings:
        front = {
            "before": all_facts[0].table.choice.front.get("before"),
            **{facts.name: facts.table.choice.front.get("after") for facts in all_facts},
        }
        known = {name: place for name, place in front.items() if place is not None}
        plane = tradeoff_chart(arms, all_facts[0].config.gate, known, connected=False)
        return {"": picture(without_links(as_svg(plane)))} if plane else {}
    links = [
        Link(place, f"report of {visible(facts.name)}")
        for place, facts in zip(reports, all_facts, strict=True)
    ]
    marks = {facts.name: mark(place) for place, facts in enumerate(all_facts)}
    drawn = {}
    for key, values in list(settings.items())[:MOST_PLANES]:
        shown = {facts.name: visible(value) for value, facts in zip(values, all_facts, strict=True)}
        if plane := runs_chart(arms, visible(key), shown, marks):
            drawn[key] = linked(picture(as_svg(plane)), links)
    return drawn


def _arms(all_facts: list[Facts]) -> list[ArmRates]:
    """Return the first run's `before`, and the `after` of all under the runs' names."""
    arms = [
        replace(arm, arm=facts.name if arm.arm == "after" else "before")
        for facts in all_facts
        for arm in facts.arms
        if arm.arm == "after" or (arm.arm == "before" and facts is all_facts[0])
    ]
    return sorted(arms, key=lambda arm: arm.arm != "before")


def _refuse_what_cannot_stand_together(all_facts: list[Facts]) -> None:
    names = [facts.name for facts in all_facts]
    if len(set(names)) < len(names):
        raise InputError(Problem("audit report", "two runs have the same name", "rename a folder"))
    asked = {tuple(probe.id for probe in facts.probes) for facts in all_facts}
    if len(asked) > 1:
        fix = "compare runs that asked the same probes"
        raise InputError(Problem("audit report", "the runs asked other probes", fix))


def _differing_settings(all_facts: list[Facts]) -> dict[str, list[str]]:
    """Return, for every setting that is not the same in all runs, its value in each."""
    flat = [_flat(facts.config.model_dump(mode="json")) for facts in all_facts]
    keys = sorted({key for settings in flat for key in settings})
    table = {key: [settings.get(key, "") for settings in flat] for key in keys}
    return {key: values for key, values in table.items() if len(set(values)) > 1}


def _flat(settings: dict[str, Any], before: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{key}.")
        else:
            flat[before + key] = value if isinstance(value, str) else json.dumps(value)
    return flat
