"""What in a training's curves should somebody know of, while it runs and afterwards?"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean, median

from audit.run.training_files import Metrics

SPIKE = 10.0
"""A gradient norm of so many medians is a spike."""
RISE = 1.05
LEARNED_BY_HEART = 0.999
FEWEST = 4
MANY = 20
"""Before so many logs a running training is not told of what a few logs show by chance."""
CHANCE = (0.45, 0.55)
EXPLODED = 30.0
"""A reward margin at which the sigmoid loss is below 1e-13, and no pair teaches anything."""


@dataclass(frozen=True)
class Alarm:
    """Something about a training that somebody should know."""

    name: str
    said: str
    """A sentence with the numbers."""
    remedy: str
    """What usually helps, a sentence."""

    def sentence(self) -> str:
        """Return what is the matter, and what usually helps."""
        return f"{self.said} {self.remedy}"


def alarms_so_far(metrics: Metrics) -> list[Alarm]:
    """Return what can be said while the training runs."""
    always = _found(metrics, (_not_finite, _vanished, _overfitted, _exploded))
    if len(_values(metrics, "loss")) < MANY:
        return always
    return always + _found(metrics, (_spiked, _at_chance, _displaced))


def alarms_at_the_end(metrics: Metrics) -> list[Alarm]:
    """Return what can be said of a training that has ended."""
    of_the_end = (_not_learned, _by_heart, _overfitted, _displaced, _spiked)
    return _found(metrics, (_not_finite, _vanished, *of_the_end, _exploded))


def last_of(metrics: Metrics, key: str) -> float | None:
    """Return the last value that was logged under the key."""
    values = _values(metrics, key)
    return values[-1] if values else None


Check = Callable[[Metrics], Alarm | None]


def _found(metrics: Metrics, checks: tuple[Check, ...]) -> list[Alarm]:
    return [alarm for check in checks if (alarm := check(metrics))]


def _values(metrics: Metrics, key: str) -> list[float]:
    return [value for row in metrics if (value := row.get(key)) is not None]


def _not_finite(metrics: Metrics) -> Alarm | None:
    steps = [
        row["step"] for row in metrics if None in (row.get("loss", 0), row.get("grad_norm", 0))
    ]
    if not steps:
        return None
    said = f"Loss or gradient norm was not a number at step {steps[0]}."
    return Alarm("not a number", said, "A lower train.learning_rate or float32 usually helps.")


def _not_learned(metrics: Metrics) -> Alarm | None:
    margin = last_of(metrics, "rewards/margins")
    if margin is None or margin > 0:
        return None
    said = f"The reward margin ended at {margin:.3f}: the preferences were not learned."
    return Alarm("not learned", said, "A higher train.learning_rate or more steps usually help.")


def _at_chance(metrics: Metrics) -> Alarm | None:
    accuracies = _values(metrics, "rewards/accuracies")
    late = accuracies[len(accuracies) // 2 :]
    low, high = CHANCE
    if not late or not low <= mean(late) <= high:
        return None
    said = f"Reward accuracy is {mean(late):.2f} in the last {len(late)} logs, which is chance."
    remedy = "Look for contradicting pairs, or raise train.learning_rate."
    return Alarm("at chance", said, remedy)


def _by_heart(metrics: Metrics) -> Alarm | None:
    late = _values(metrics, "rewards/accuracies")[-FEWEST:]
    if len(late) < FEWEST or min(late) < LEARNED_BY_HEART:
        return None
    said = f"Reward accuracy was 1 in the last {FEWEST} logs: nothing was left to learn there."
    return Alarm("by heart", said, "Fewer epochs or a higher train.beta usually help.")


def _exploded(metrics: Metrics) -> Alarm | None:
    margin = last_of(metrics, "rewards/margins")
    loss = last_of(metrics, "loss")
    if margin is None or loss is None or margin < EXPLODED or loss > 1 / EXPLODED:
        return None
    said = f"The reward margin reached {margin:.0f} while the loss is {loss:.2g}."
    return Alarm("margin exploded", said, "A lower train.learning_rate or fewer epochs help.")


def _overfitted(metrics: Metrics) -> Alarm | None:
    losses = _values(metrics, "eval_loss")
    if len(losses) <= 1 or losses[-1] <= RISE * min(losses):
        return None
    said = (
        f"Evaluation loss rose from {min(losses):.3f}, its lowest, to {losses[-1]:.3f} at the end."
    )
    return Alarm("evaluation loss rose", said, "Stop earlier, or take more pairs.")


def _displaced(metrics: Metrics) -> Alarm | None:
    """Name likelihood displacement (Razin et al. 2024, arXiv:2410.08847)."""
    chosen = _values(metrics, "logps/chosen")
    part = len(chosen) // FEWEST
    if not part:
        return None
    first, last = median(chosen[:part]), median(chosen[-part:])
    if last >= first * RISE:
        return None
    said = (
        f"Chosen answers became less likely too: their log-probability went from {first:.1f} to "
        f"{last:.1f} (likelihood displacement), so the model may say neither."
    )
    remedy = "A higher train.beta usually helps, or with DPO the loss `sft` among train.loss_type."
    return Alarm("chosen became unlikely", said, remedy)


def _vanished(metrics: Metrics) -> Alarm | None:
    late = _values(metrics, "grad_norm")[-FEWEST:]
    if len(late) < FEWEST or any(late):
        return None
    said = f"The gradient norm was 0 in the last {FEWEST} logs: nothing is learned."
    return Alarm("gradients vanished", said, "A lower train.learning_rate usually helps.")


def _spiked(metrics: Metrics) -> Alarm | None:
    norms = _values(metrics, "grad_norm")
    if not norms or max(norms) <= SPIKE * median(norms):
        return None
    said = f"The gradient norm reached {max(norms):.3g}, over {SPIKE:.0f} times its median."
    remedy = "A lower train.learning_rate, a longer warmup or a lower max_grad_norm usually help."
    return Alarm("gradients exploded", said, remedy)
