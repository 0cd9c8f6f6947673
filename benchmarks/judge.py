"""How right is the built-in judge on people's labels, and how fast?

Run it with `.venv/bin/python benchmarks/judge.py LABELS.jsonl`. The rules are written by hand; the
published labels were read while writing them, so this is no figure for unseen models.
"""

import sys
import time
from pathlib import Path

from audit.files import read_records
from audit.records import LabelledResponse
from reports.judge_evaluation import evaluate
from reports.rules_judge import judge


def main() -> None:
    """Print accuracy and F1 overall and by source, and responses a second on one core."""
    labels = Path(sys.argv[1])
    found = evaluate(labels)
    for source, row in {"overall": found["overall"], **found["by_source"]}.items():
        print(f"{source}: n {row['n']}, accuracy {row['accuracy']:.3f}, F1 {row['f1']:.3f}")
    rows = [row for _, row in read_records(labels, LabelledResponse)]
    started = time.perf_counter()
    for row in rows:
        judge(row.prompt, row.response)
    print(f"{len(rows) / (time.perf_counter() - started):.0f} responses a second")


if __name__ == "__main__":
    main()
