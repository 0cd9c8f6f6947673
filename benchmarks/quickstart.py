"""How long does the quickstart take here, and which trade-off does it show?

Run it with `.venv/bin/python benchmarks/quickstart.py`; it prints the machine, the planned and the
real time, and every arm's rates.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from audit.jobs.doctor import examine

PROJECT = Path(__file__).parents[1]


def main() -> None:
    """Run the quickstart into a temporary folder and print what came of it."""
    audit = Path(sys.executable).with_name("audit")
    machine = examine()
    for name in ("audit", "processor", "memory"):
        print(f"{name}: {machine[name]}")
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        started = time.perf_counter()
        config = PROJECT / "examples" / "quickstart.yaml"
        subprocess.run([audit, "train-and-compare", config, "--out", run], check=False)
        print(f"seconds: {time.perf_counter() - started:.0f}")
        for arm in json.loads((run / "arms.json").read_text())["arms"]:
            rates = ", ".join(f"{axis} {row['rate']:.3f}" for axis, row in arm["axes"].items())
            print(f"{arm['arm']}: {rates}")


if __name__ == "__main__":
    main()
