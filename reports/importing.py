"""Which responses made elsewhere can be judged?"""

from pathlib import Path

from audit.errors import Problem
from audit.files import read_records, refuse
from audit.records import ImportedResponse, Probe, Response


def read_imported(path: Path, probes: list[Probe]) -> list[Response]:
    """Read responses of which only probe_id and text must be given.

    Raises:
        InputError: rows that cannot be read, answer no probe, or answer one twice; all at once.
    """
    known = {probe.id for probe in probes}
    first: dict[tuple[str, int], int] = {}
    problems: list[Problem] = []
    responses = []
    for number, row in read_records(path, ImportedResponse):
        key, where = (row.probe_id, row.sample), f"{path}:{number}"
        if row.probe_id not in known:
            what = f'answers the probe "{row.probe_id}", which is not among the probes'
            problems.append(Problem(where, what, "add the probe, or drop the row"))
        if key in first:
            what = f'answers "{row.probe_id}" sample {row.sample} as line {first[key]} does'
            problems.append(Problem(where, what, "give another sample number, or drop one"))
        first.setdefault(key, number)
        responses.append(Response.model_validate(row.model_dump()))
    refuse(problems)
    return responses
