"""Do bad inputs and kills end as promised? A short form of both campaigns of `make fault-test`."""

import os
import subprocess
import sys

from conftest import PROJECT

CASES, KILLS = 12, 2


def test_a_few_bad_inputs_and_kills() -> None:
    """Each ends with one located line; nothing is lost, doubled or left half."""
    done = subprocess.run(
        [sys.executable, "-P", "benchmarks/faults.py", str(CASES), str(KILLS)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"'as promised': {CASES}" in done.stdout
