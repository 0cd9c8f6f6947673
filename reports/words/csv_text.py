"""How does a table become CSV that no spreadsheet runs?"""

import csv
import io
from collections.abc import Iterable
from typing import Any

from audit.files.borders import csv_cell

Cells = dict[str, Any]


def as_csv(rows: Iterable[Cells]) -> str:
    """Return the rows as CSV; text that a spreadsheet would run as a formula gets an apostrophe."""
    file = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(file, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: csv_cell(cell) for key, cell in row.items()})
    return file.getvalue()
