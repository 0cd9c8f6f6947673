"""How do several runs stand beside each other, those of a sweep for example?"""

import json
from dataclasses import replace
from typing import Any

from audit.axis import AXES
from audit.errors import InputError, Problem
from audit.files.borders import visible
from reports.page.charts import as_svg
from reports.page.charts_tradeoff import tradeoff_chart
from reports.page.facts import Facts
from reports.words.templates import picture, render


def render_runs(all_facts: list[Facts]) -> str:
    """Return one HTML page on compared runs: what was set otherwise, and what came of it.

    Raises:
        InputError: two runs have the same name, or asked other probes.
    """
    _refuse_what_cannot_stand_together(all_facts)
    arms = [
        replace(arm, arm=facts.name if arm.arm == "after" else "before")
        for facts in all_facts
        for arm in facts.arms
        if arm.arm == "after" or (arm.arm == "before" and facts is all_facts[0])
    ]
    first = sorted(arms, key=lambda arm: arm.arm != "before")
    plane = tradeoff_chart(first, all_facts[0].config.gate, connected=False)
    return render(
        "runs.html",
        runs=[{"name": visible(facts.name), "comparison": facts.comparison} for facts in all_facts],
        settings=_differing_settings(all_facts),
        axes=AXES,
        plane=picture(as_svg(plane)) if plane else None,
        version=all_facts[0].manifest.audit_version,
    )


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
