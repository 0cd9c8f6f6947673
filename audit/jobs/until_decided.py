"""Who says, batch by batch, that enough is asked? The judge and the verdict's own rule."""

from typing import TYPE_CHECKING

from audit.errors import Problem
from audit.files.digests import of_files
from audit.files.lines import refuse, write_records
from audit.jobs.judging import Judging, judge_of_run
from audit.records import Probe
from audit.run.arm import AFTER, BEFORE, ServedModel
from audit.run.asking_order import asking_order
from audit.run.directory import RunDirectory
from audit.run.messages import IsEnough, Tell
from audit.settings.judges import needs_room
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import load_run_config
from probes.sets.library import read_probes

if TYPE_CHECKING:
    from audit.run.looks import Look
    from reports.axes import VerdictsByProbe

KEY = "generation.stop_when_decided"


def refuse_unstoppable(config: RunConfig, served: list[str]) -> None:
    """Refuse a run that should stop early and of which nobody could say when.

    `served` names the arms that a server answers as.

    Raises:
        InputError: a server answers, the judge needs a model of its own beside the engine, or
            people's labels, which come later, decide.
    """
    if not config.generation.stop_when_decided:
        return
    problems = []
    off = f"set {KEY} to false"
    if served:
        what = f"asks in turns, which only models here can be asked; {', '.join(served)} is served"
        problems.append(Problem(KEY, what, off))
    if needs_room(config.judge, config.judges):
        what = f'needs a judge between batches, and the model of "{config.judge}" has no room then'
        problems.append(Problem(KEY, what, f"{off}, or judge by rules or behind a server"))
    if config.gate.decide_by == "corrected":
        what = "stops before anybody has labelled answers, and gate.decide_by is corrected"
        problems.append(Problem(KEY, what, f"{off}, or let the judge's rates decide"))
    refuse(problems)


def bring_back(run: RunDirectory) -> None:
    """Bring back all probes of a run that was killed while it was cut to those that were asked."""
    manifest = run.read_manifest()
    if manifest.stopped is not None or not run.all_probes.exists():
        return
    if of_files([run.all_probes]) == manifest.probes_sha256:
        run.all_probes.replace(run.probes)
    else:  # killed while it was copied; the run's own file is untouched
        run.all_probes.unlink()


def who_says_enough(run: RunDirectory, tell: Tell, *, trust_endpoints: bool) -> IsEnough | None:
    """Return who says that enough is asked; null where all probes are asked in any case."""
    config = load_run_config(run.config)
    if not config.generation.stop_when_decided:
        return None
    arms = run.read_manifest().arms.values()
    refuse_unstoppable(config, [arm.name for arm in arms if isinstance(arm.source, ServedModel)])
    judging = judge_of_run(run, tell, trust_endpoints=trust_endpoints)
    return Looking(run, judging, tell).is_enough


class Looking:
    """Looks at what both arms have answered so far, and says whether it is enough."""

    def __init__(self, run: RunDirectory, judging: Judging, tell: Tell) -> None:
        self._run = run
        self._judging = judging
        self._tell = tell
        self._config = load_run_config(run.config)
        self._order = asking_order(read_probes(run.probes), self._config.generation.seed)
        self._seen: list[Look] = []
        self._verdicts: dict[str, VerdictsByProbe] = {BEFORE: {}, AFTER: {}}

    def is_enough(self, asked: int) -> bool:
        """Judge what is new, compare all of it, write the look down, and say what came of it."""
        from reports.comparison.axis_decision import Pair
        from reports.comparison.stopping import look, look_sentence

        so_far = self._order[:asked]
        self._judge([probe for probe in so_far if probe.id not in self._verdicts[BEFORE]])
        ends = (self._verdicts[BEFORE], self._verdicts[AFTER])
        pair = Pair(*ends, {}, same_model=self._is_same_model(), anytime=True)
        seen = look(so_far, pair, self._config.gate)
        self._seen.append(seen)
        write_records(self._run.looks, self._seen)
        self._tell(look_sentence(seen, len(self._order)))
        return seen.enough

    def _judge(self, new: list[Probe]) -> None:
        from reports.scoring import judge_answers

        for arm, verdicts in self._verdicts.items():
            verdicts.update(
                judge_answers(self._run, arm, new, self._judging.judge, self._judging.ask)
            )

    def _is_same_model(self) -> bool:
        manifest = self._run.read_manifest()
        return manifest.is_unmoved(AFTER, manifest.identity_of(BEFORE))
