"""What did the training look like, and is anything about it alarming?"""

from statistics import median

from audit.run.training_files import Metrics

SPIKE = 10.0
"""A gradient norm of so many medians is a spike."""
RISE = 1.05
LEARNED_BY_HEART = 0.999
FEWEST = 4


def last_of(metrics: Metrics, key: str) -> float | None:
    """Return the last value that was logged under the key."""
    values = _values(metrics, key)
    return values[-1] if values else None


def alarms(metrics: Metrics) -> list[str]:
    """Return a sentence for everything about the curves that a reviewer should know."""
    checks = (_not_finite, _not_learned, _by_heart, _overfitted, _displaced, _spiked)
    return [sentence for check in checks if (sentence := check(metrics))]


def _values(metrics: Metrics, key: str) -> list[float]:
    return [value for row in metrics if (value := row.get(key)) is not None]


def _not_finite(metrics: Metrics) -> str | None:
    steps = [
        row["step"] for row in metrics if None in (row.get("loss", 0), row.get("grad_norm", 0))
    ]
    return f"Loss or gradient norm was not a number at step {steps[0]}." if steps else None


def _not_learned(metrics: Metrics) -> str | None:
    margin = last_of(metrics, "rewards/margins")
    if margin is None or margin > 0:
        return None
    return f"The reward margin ended at {margin:.3f}: the preferences were not learned."


def _by_heart(metrics: Metrics) -> str | None:
    late = _values(metrics, "rewards/accuracies")[-FEWEST:]
    if len(late) < FEWEST or min(late) < LEARNED_BY_HEART:
        return None
    return f"Reward accuracy was 1 in the last {FEWEST} logs: nothing was left to learn there."


def _overfitted(metrics: Metrics) -> str | None:
    losses = _values(metrics, "eval_loss")
    if len(losses) <= 1 or losses[-1] <= RISE * min(losses):
        return None
    return (
        f"Evaluation loss rose from {min(losses):.3f}, its lowest, to {losses[-1]:.3f} at the end."
    )


def _displaced(metrics: Metrics) -> str | None:
    """Name likelihood displacement (Razin et al. 2024, arXiv:2410.08847)."""
    chosen = _values(metrics, "logps/chosen")
    part = len(chosen) // FEWEST
    if not part:
        return None
    first, last = median(chosen[:part]), median(chosen[-part:])
    if last >= first * RISE:
        return None
    return (
        f"Chosen answers became less likely too: their log-probability went from {first:.1f} to "
        f"{last:.1f} (likelihood displacement), so the model may say neither."
    )


def _spiked(metrics: Metrics) -> str | None:
    norms = _values(metrics, "grad_norm")
    if not norms or max(norms) <= SPIKE * median(norms):
        return None
    return f"The gradient norm reached {max(norms):.3g}, over {SPIKE:.0f} times its median."
