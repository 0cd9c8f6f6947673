"""Which responses made elsewhere can be judged?"""

from pathlib import Path

from audit.errors import Problem
from audit.files import refuse
from audit.records import ImportedResponse, Probe, Response
from audit.tables import read_table_records


def read_imported(path: Path, probes: list[Probe]) -> list[Response]:
    """Read responses of which only probe_id and text must be given.

    Raises:
        InputError: rows that cannot be read, answer no probe, or answer one twice; all at once.
    """
    known = {probe.id for probe in probes}
    first: dict[tuple[str, int], str] = {}
    problems: list[Problem] = []
    responses = []
    for where, row in read_table_records(path, ImportedResponse):
        key = (row.probe_id, row.sample)
        if row.probe_id not in known:
            what = f'answers the probe "{row.probe_id}", which is not among the probes'
            problems.append(Problem(where, what, "add the probe, or drop the row"))
        if key in first:
            what = f'answers "{row.probe_id}" sample {row.sample} as {first[key]} does'
            problems.append(Problem(where, what, "give another sample number, or drop one"))
        first.setdefault(key, where)
        responses.append(Response.model_validate(row.model_dump()))
    refuse(problems)
    return responses
