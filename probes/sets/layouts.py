"""How does a row of somebody's table become a probe?"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import ValidationError

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.lines import refuse, row_problems
from audit.files.tables import Row
from audit.records import Kind, Probe
from audit.settings.probe_sets import KindColumn, Layout

NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9._:/-]+")


def to_probes(name: str, layout: Layout, rows: Iterable[Row]) -> list[Probe]:
    """Read the rows of a set into probes, each with the set's name in front of its id.

    Raises:
        InputError: a column is missing, or with all rows that are no probes.
    """
    probes: list[Probe] = []
    problems: list[Problem] = []
    for number, (where, row) in enumerate(rows, start=1):
        if isinstance(row, Problem):
            problems.append(row)
            continue
        if number == 1:
            refuse(_missing_columns(where, layout, row))
        kind = _kind(layout.kind, row)
        if kind == "skip" or not _is_wanted(layout, row):
            continue
        if kind is None:
            problems.append(_unknown_kind(where, layout.kind, row))
            continue
        try:
            probes.append(Probe.model_validate(_fields(name, layout, kind, number, row)))
        except ValidationError as error:
            problems.extend(row_problems(where, error))
        except LookupError as error:
            problems.append(Problem(where, str(error.args[0]), "mend the row, or leave it out"))
    refuse(problems)
    return _with_twins(layout, probes)


def _fields(
    name: str, layout: Layout, kind: Kind, number: int, row: dict[str, Any]
) -> dict[str, Any]:
    own = _text(row, layout.id) or str(number)
    twin = own if layout.twin_set else _text(row, layout.twin)
    asked = {"prompt": _first_turn(row, layout)}
    if isinstance(asked["prompt"], list):
        asked = {"messages": asked["prompt"]}
    elif system := _text(row, layout.system):
        turns = [("system", system), ("user", asked["prompt"])]
        asked = {"messages": [{"role": role, "content": text} for role, text in turns]}
    return {
        "id": _identifier(name, own),
        "set": name,
        "kind": kind,
        "category": _text(row, layout.category) or name,
        "twin": _identifier(layout.twin_set or name, twin) if twin else None,
        "check": _ifeval_check(row) if layout.check else None,
        **asked,
    }


def _first_turn(row: dict[str, Any], layout: Layout) -> Any:
    """Return the prompt, the first of several turns, or the messages of a conversation."""
    value = _value(row, layout.prompt)
    if isinstance(value, list) and value and isinstance(value[0], str):
        value = value[0]
    context = _text(row, layout.context)
    return f"{context}\n\n{value}" if context and isinstance(value, str) else value


def _ifeval_check(row: dict[str, Any]) -> dict[str, Any]:
    """Return IFEval's instructions; the hub writes every argument, and null where it is unused."""
    kwargs = row["kwargs"]
    given = [
        {key: value for key, value in arguments.items() if value is not None}
        if isinstance(arguments, dict)
        else arguments
        for arguments in (kwargs if isinstance(kwargs, list) else [kwargs])
    ]
    return {"type": "ifeval", "instructions": row["instruction_id_list"], "arguments": given}


def _kind(rule: Kind | KindColumn, row: dict[str, Any]) -> Kind | Literal["skip"] | None:
    if isinstance(rule, str):
        return rule
    return rule.values.get(_text(row, rule.column) or "")


def _is_wanted(layout: Layout, row: dict[str, Any]) -> bool:
    return all(str(row.get(column, "")) in values for column, values in layout.where.items())


def _with_twins(layout: Layout, probes: list[Probe]) -> list[Probe]:
    """Pair the n-th probe of one category with the n-th of its counterpart."""
    by_category: dict[str, list[str]] = defaultdict(list)
    for probe in probes:
        by_category[probe.category].append(probe.id)
    twins: dict[str, str] = {}
    for one, other in layout.twins.items():
        for first, second in zip(by_category[one], by_category[other], strict=False):
            twins |= {first: second, second: first}
    return [probe.model_copy(update={"twin": twins.get(probe.id, probe.twin)}) for probe in probes]


def _missing_columns(where: str, layout: Layout, row: dict[str, Any]) -> list[Problem]:
    needed = [layout.prompt, *([[name] for name in layout.where])]
    needed += [columns for columns in (layout.id, layout.category) if columns]
    if isinstance(layout.kind, KindColumn) and "" not in layout.kind.values:
        needed.append(layout.kind.column)
    return [
        Problem(
            where,
            f"has no column {' or '.join(columns)} (it has {visible(', '.join(row), 200)})",
            "give the published file, or a layout that names this file's columns",
        )
        for columns in needed
        if not any(column in row for column in columns)
    ]


def _unknown_kind(where: str, rule: Kind | KindColumn, row: dict[str, Any]) -> Problem:
    if isinstance(rule, str):
        raise InputError(Problem(where, f'has the kind "{rule}"', "write it in the layout"))
    got = visible(str(_value(row, rule.column)))
    fix = f"write one of {', '.join(rule.values)}, or add the value to the layout"
    return Problem(where, f'{rule.column[0]} is "{got}", which is no kind', fix)


def _value(row: dict[str, Any], columns: list[str] | None) -> Any:
    return next((row[column] for column in columns or () if column in row), None)


def _text(row: dict[str, Any], columns: list[str] | None) -> str | None:
    value = _value(row, columns)
    return None if value is None or value == "" else str(value)


def _identifier(name: str, own: str) -> str:
    return f"{name}-{NOT_IN_AN_ID.sub('-', own)}"
