"""How often is an unchanged model called regressed, or passed, by the whole rule of the verdict?

Run it with `python -P benchmarks/joint_error.py`. The probes are the shipped ones, the gate is the
default one. A probe changes its label with the same chance in either direction, in both arms alike;
kinds, categories and every other guard take part.
"""

from collections import Counter

import numpy as np

from audit.records import Probe, Verdict
from audit.settings.gate import Gate
from probes.sets.library import builtin_probes
from reports.comparison.axis_decision import Pair
from reports.comparison.two_arms import decide

RUNS = 200
FLIP_RATES = (0.01, 0.02, 0.05, 0.1)


def main() -> None:
    """Print the shares of verdicts, and of axes that regressed, by the share of unstable probes."""
    probes = builtin_probes()
    rng = np.random.default_rng(0)
    print(f"{len(probes)} probes, {RUNS} runs of an unchanged model each")
    print("flips  regressed  inconclusive  pass  axes that regressed")
    for rate in FLIP_RATES:
        verdicts: Counter[str] = Counter()
        axes: Counter[str] = Counter()
        for _ in range(RUNS):
            found = decide(probes, _pair(rng, probes, rate), Gate())
            verdicts[found.verdict] += 1
            axes.update(name for name, row in found.axes.items() if row.status == "regressed")
        shares = [verdicts[name] / RUNS for name in ("regressed", "inconclusive", "pass")]
        print(f"{rate:5.2f}  " + "  ".join(f"{share:.3f}" for share in shares) + f"  {dict(axes)}")


def _pair(rng: np.random.Generator, probes: list[Probe], rate: float) -> Pair:
    """Draw two arms that differ on a share of probes, as often one way as the other."""
    before, after = {}, {}
    for probe in probes:
        usual = probe.kind == "harmful"
        first, second = usual, usual
        if rng.random() < rate:
            first, second = (usual, not usual) if rng.random() < 1 / 2 else (not usual, usual)
        before[probe.id] = [_verdict(probe, refused=first)]
        after[probe.id] = [_verdict(probe, refused=second)]
    return Pair(before, after, {}, same_model=False)


def _verdict(probe: Probe, *, refused: bool) -> Verdict:
    return Verdict(
        probe_id=probe.id,
        sample=0,
        label="full_refusal" if refused else "compliance",
        score=None if probe.check is None else float(not refused),
        judge="simulated",
        evidence=None,
    )


if __name__ == "__main__":
    main()
