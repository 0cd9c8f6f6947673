"""What does it cost that OpenMP's threads spin while they wait, alone and beside another process?

Run it with `python benchmarks/spinning.py [SECONDS]`. A process of its own for each setting
computes layers of a small language model, as answering and training do: many short parallel parts
with little between them. It is run alone and beside as many busy processes as there are cores.
Printed are the seconds that a pass takes, the median with the spread, and the load that others put
on the machine before: above a few tenths, what stands under "alone" was not measured alone.
"""

import os
import subprocess
import sys
import time
from statistics import median

SETTINGS: dict[str, dict[str, str]] = {
    "default": {},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    **{f"spin {count}": {"GOMP_SPINCOUNT": str(count)} for count in (1_000, 10_000, 100_000)},
}
ROUNDS = 3
WORK = """
import sys, time, torch
torch.manual_seed(0)
wide, long = torch.randn(576, 1536), torch.randn(1536, 576)
state, passes, started = torch.randn(int(sys.argv[2]), 576), 0, time.perf_counter()
with torch.inference_mode():
    while (now := time.perf_counter() - started) < float(sys.argv[1]):
        for _ in range(30):
            inner = torch.nn.functional.silu(state @ wide)
            state = torch.nn.functional.normalize(state + inner @ long)
        passes += 1
print(now / passes)
"""
BUSY = "while True: sum(range(10_000))"
ROWS = {"answering (8 rows)": 8, "training (512 rows)": 512}


def main() -> None:
    """Print a line for each setting."""
    seconds = float(sys.argv[1]) if sys.argv[1:] else 4.0
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores; others' load before: {os.getloadavg()[0]:.1f}")
    for beside in (0, cores):
        others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(beside)]
        try:
            for work, rows in ROWS.items():
                found = measured(seconds, rows)
                for name, passes in found.items():
                    spread = f"{min(passes):.4f} to {max(passes):.4f}"
                    ratio = median(passes) / median(found["default"])
                    where = f"beside {beside} busy" if beside else "alone"
                    told = f"{median(passes):.4f} s a pass ({spread}), {ratio:.2f} of the default"
                    print(f"{where:15} {work:20} {name:12} {told}", flush=True)
        finally:
            for other in others:
                other.kill()
                other.wait()


def measured(seconds: float, rows: int) -> dict[str, list[float]]:
    """Return the seconds of a pass in each round; rounds alternate between the settings."""
    found: dict[str, list[float]] = {name: [] for name in SETTINGS}
    for _ in range(ROUNDS):
        for name, setting in SETTINGS.items():
            done = subprocess.run(
                [sys.executable, "-c", WORK, str(seconds), str(rows)],
                env={**os.environ, **setting},
                capture_output=True,
                text=True,
                check=True,
            )
            found[name].append(float(done.stdout))
            time.sleep(0.1)
    return found


if __name__ == "__main__":
    main()
