"""Who draws the path of a training that runs, and says when the gate is surely lost?"""

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from audit.errors import Problem
from audit.files.lines import refuse, write_records
from audit.jobs.judging import Judging, judge_of_run
from audit.records import Message, Probe
from audit.run.asking_order import asking_order
from audit.run.directory import RunDirectory
from audit.run.messages import IsEnough, Tell
from audit.run.training_path import BEGINNING, path_of
from audit.settings.judges import needs_room
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from probes.rendering import conversation
from probes.sets.library import read_probes

if TYPE_CHECKING:
    from reports.axes import VerdictsByProbe

KEY = "train.ask_every"


def refuse_unaskable(config: RunConfig) -> None:
    """Refuse a training that should be asked on the way by a judge that has no room beside it.

    Raises:
        InputError: the judge needs a model of its own on this machine.
    """
    if config.train.ask_every is None or not needs_room(config.judge, config.judges):
        return
    what = f'needs a judge while training runs, and the model of "{config.judge}" has no room then'
    fix = f"leave {KEY} out, or judge by rules or behind a server"
    refuse([Problem(KEY, what, fix)])


def who_says_lost(run: RunDirectory, tell: Tell, *, trust_endpoints: bool) -> IsEnough | None:
    """Write what is to be asked, and return who looks at the answers; null where none are asked."""
    config = load_run_config(run.config)
    if config.train.ask_every is None:
        return None
    refuse_unaskable(config)
    judging = judge_of_run(run, tell, trust_endpoints=trust_endpoints)
    path = path_of(run)
    path.root.mkdir(parents=True, exist_ok=True)
    system = config.generation.system_prompt
    write_records(path.probes, [_as_asked(probe, system) for probe in sample_of(run, config)])
    return PathLook(run, judging, tell).is_lost


def sample_of(run: RunDirectory, config: RunConfig) -> list[Probe]:
    """Return the first probes of each kind in the random order that keeps categories' shares."""
    by_kind: dict[str, list[Probe]] = defaultdict(list)
    for probe in read_probes(run.probes):
        by_kind[probe.kind].append(probe)
    return [
        probe
        for _, members in sorted(by_kind.items())
        for probe in asking_order(members, config.generation.seed)[: config.train.ask_probes]
    ]


def _as_asked(probe: Probe, system_prompt: str | None) -> Probe:
    """Return the probe with all turns that the model is given."""
    turns = [Message.model_validate(turn) for turn in conversation(probe, system_prompt)]
    return probe.model_copy(update={"prompt": None, "messages": turns})


class PathLook:
    """Looks at what the sample was answered at a step, and says whether the gate is lost."""

    def __init__(self, run: RunDirectory, judging: Judging, tell: Tell) -> None:
        self._path = path_of(run)
        self._judging = judging
        self._tell = tell
        self._config = load_run_config(run.config)
        self._probes = sample_of(run, self._config)
        self._points = {point.step: point for point in self._path.read_points()}

    def is_lost(self, step: int) -> bool:
        """Judge the answers of a step, write down how it stands, and say whether to stop.

        A step that was looked at before a kill is neither judged nor told again.
        """
        from reports.comparison.training_path import path_point
        from reports.words.training_path import path_sentence

        if step not in self._points:
            ends = (self._at_first, self._verdicts(step))
            number = sum(BEGINNING < before < step for before in self._points) + 1
            number = 0 if step == BEGINNING else number
            point = path_point(step, number, self._probes, ends, self._config.gate)
            self._points[step] = point
            write_records(self._path.points, [self._points[at] for at in sorted(self._points)])
            self._tell(path_sentence(point))
        return self._config.train.stop_when_lost and self._points[step].lost

    @cached_property
    def _at_first(self) -> "VerdictsByProbe":
        return self._verdicts(BEGINNING)

    def _verdicts(self, step: int) -> "VerdictsByProbe":
        from reports.scoring import judge_file

        file = self._path.answers(step)
        return judge_file(file, self._probes, self._judging.judge, self._judging.ask)
