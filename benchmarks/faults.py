"""What breaks when inputs are bad and commands are killed? Two campaigns, and their counts.

Run it with `make fault-test`, or `PYTHONPATH=tests python -P benchmarks/faults.py CASES KILLS`:
so many bad inputs, a tenth of them in processes of their own, and so many killed commands that need
no model. docs/reliability.md holds the counts.
"""

import importlib
import sys
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from fault_cases import Case, cases
from fault_judge import wrong
from fault_kills import COMMANDS, Killed, kill
from fault_material import make_material
from hypothesis import HealthCheck, Phase, given, seed, settings

AUDIT = str(Path(sys.executable).with_name("audit"))
SEED = 17
OWN_PROCESS = 10
"""Every tenth case is run by the installed command, the others in a fork that has its libraries."""
LOADED = (
    "audit.commands.terminal",
    "audit.jobs.annotating",
    "audit.jobs.checking",
    "audit.jobs.controls",
    "audit.jobs.preflight",
    "reports.comparison.outcome",
    "reports.comparison.planning",
    "reports.judges.evaluation",
    "reports.page.export",
    "reports.page.nights",
    "reports.page.page",
    "reports.page.runs_page",
    "reports.page.sheet",
    "train.inspection",
)


def main() -> None:
    """Run both campaigns, and print what was wrong with its command and its file."""
    counts = [int(word) for word in sys.argv[1:]] or [2_000, 50]
    with TemporaryDirectory() as folder:
        material = Path(folder) / "made" / "material"
        maker = get_context("spawn").Process(target=make_material, args=(material,))
        maker.start()  # what draws pictures would deadlock in a fork of a process that drew one
        maker.join()
        started = time.monotonic()
        bad = bad_inputs(material, Path(folder) / "scratch", counts[0], SEED)
        said = f"{bad.total()} bad inputs in {time.monotonic() - started:.0f} s"
        print(said, dict(bad), flush=True)
        started = time.monotonic()
        killed = kills(material, counts[1], SEED)
        print(f"{len(killed)} commands killed in {time.monotonic() - started:.0f} s")
        twice = sum(one.times > 1 for one in killed)
        print(f"{sum(one.times for one in killed)} kills, {twice} commands killed twice")
    failed = bad.total() - bad["as promised"] + sum(one.wrong is not None for one in killed)
    sys.exit(1 if failed else 0)


def bad_inputs(material: Path, scratch: Path, count: int, first_seed: int) -> Counter[str]:
    """Run so many bad inputs, and count how they ended."""
    for name in LOADED:
        importlib.import_module(name)
    inside = (path for path in material.rglob("*") if path.is_file() and path.suffix != ".lock")
    files = sorted(str(path.relative_to(material)) for path in inside)
    endings: Counter[str] = Counter()

    @seed(first_seed)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(cases(files))
    def one(case: Case) -> None:
        own = AUDIT if endings.total() % OWN_PROCESS == 0 else None
        what = wrong(case, material, scratch, own)
        endings[what.split(":")[0] if what else "as promised"] += 1
        if what:
            print(f"{case}: {what}", flush=True)

    one()
    return endings


def kills(material: Path, count: int, first_seed: int) -> list[Killed]:
    """Kill so many commands, each at a moment drawn at random."""
    ended = []
    for number in range(count):
        words = COMMANDS[number % len(COMMANDS)]
        one = kill(words, words, material, seed=first_seed + number, audit=AUDIT)
        ended.append(one)
        if one.wrong:
            print(f"{' '.join(words)} killed {one.times} times: {one.wrong}", flush=True)
    return ended


if __name__ == "__main__":
    main()
