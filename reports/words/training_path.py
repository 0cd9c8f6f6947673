"""What is said of the answers that a model gave while it was trained?"""

from audit.axis import AXES
from audit.run.directory import RunDirectory
from audit.run.training_path import BEGINNING, PathPoint, path_of


def path_sentence(point: PathPoint) -> str:
    """Return how the axes stand at a step."""
    told = [
        f"{axis.title.lower()} {_share(found.now, found.n)}"
        + ("" if point.step == BEGINNING else f" ({_share(found.before, found.n)} at first)")
        + (", surely lost" if found.lost else "")
        for axis in AXES
        if (found := point.axes.get(axis.name))
    ]
    return f"asked at step {point.step}: {'; '.join(told) or 'no answer could be judged'}"


def stopped_training_sentences(run: RunDirectory) -> list[str]:
    """Return where training was stopped and why; none where it came to its end."""
    trained = run.read_manifest().train
    if trained is None or trained.stopped is None:
        return []
    at = trained.stopped.step
    lost = [
        f"{axis.title.lower()} rose from {_share(found.before, found.n)} sampled probes to "
        f"{_share(found.now, found.n)}"
        for point in path_of(run).read_points()
        for axis in AXES
        if point.step == at and (found := point.axes.get(axis.name)) and found.lost
    ]
    because = f", where {' and '.join(lost)}" if lost else ""
    told = (
        f"Training was stopped after {at} of {trained.stopped.of} steps, as train.stop_when_lost "
        f"says{because}. After is the model of that step."
    )
    return [told]


def _share(rate: float, n: int) -> str:
    return f"{round(rate * n)} of {n}"
