"""Where does each file of a run stand, and which of its stages are done?"""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.locking import locked
from audit.run import manifest_file
from audit.run.arm import NAME
from audit.run.enclosure import refuse_what_leads_out
from audit.run.judge_identity import JudgeIdentity
from audit.run.manifest import Change, Manifest

SHORT_DIGEST = 12


@dataclass(frozen=True)
class RunDirectory:
    """The files of one run. `manifest.json` holds identities and the marks of finished stages."""

    root: Path

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.root / "config.yaml"

    @property
    def manifest(self) -> Path:
        """Identities, and a mark for each finished stage."""
        return self.root / "manifest.json"

    @property
    def probes(self) -> Path:
        """The probes asked, exactly."""
        return self.root / "probes.jsonl"

    @property
    def all_probes(self) -> Path:
        """All probes of the run, where asking stopped before all of them were asked."""
        return self.root / "probes-all.jsonl"

    @property
    def example_prompt(self) -> Path:
        """A harmless probe as the model read it, with its template's marks; none of servers."""
        return self.root / "example-prompt.txt"

    @property
    def looks(self) -> Path:
        """What was seen after each batch, where asking may stop once every axis is decided."""
        return self.root / "looks.jsonl"

    @property
    def train(self) -> Path:
        """Metrics, checkpoints and the adapter."""
        return self.root / "train"

    @property
    def metrics(self) -> Path:
        """One line for each time the trainer logged."""
        return self.train / "metrics.jsonl"

    @property
    def contamination(self) -> Path:
        """Which probes stand in the preference data."""
        return self.train / "contamination.json"

    @property
    def prediction(self) -> Path:
        """What the pairs should do to each axis, written before training began."""
        return self.train / "prediction.json"

    @property
    def training_path(self) -> Path:
        """What a sample of the probes was answered at some steps of training."""
        return self.train / "path"

    @property
    def trackers(self) -> Path:
        """The runs of W&B, TensorBoard and MLflow that the training's numbers went to."""
        return self.train / "trackers.json"

    @property
    def tracked(self) -> Path:
        """What these were told of the audit at the end."""
        return self.train / "tracked.json"

    @property
    def adapter(self) -> Path:
        """The adapter after training."""
        return self.train / "adapter"

    @property
    def start_adapter(self) -> Path:
        """The adapter that training started from, where `train.start_from` named one."""
        return self.train / "start"

    @property
    def trained_model(self) -> Path:
        """The whole model after training, where no adapter was trained."""
        return self.train / "model"

    @property
    def comparison(self) -> Path:
        """The verdict with its numbers."""
        return self.root / "comparison.json"

    def former_comparison(self, digest: str) -> Path:
        """A comparison that a later one has replaced, by the beginning of its sha256."""
        return self.root / "comparisons" / f"{digest}.json"

    @property
    def arms_table(self) -> Path:
        """The three axes of every arm."""
        return self.root / "arms.json"

    @property
    def page(self) -> Path:
        """The report."""
        return self.root / "report.html"

    @property
    def redacted_page(self) -> Path:
        """The report without harmful probes and what was answered to them."""
        return self.root / "report-redacted.html"

    @property
    def exports(self) -> Path:
        """Tables, pictures and texts of the report, for machines and papers."""
        return self.root / "export"

    @property
    def merged_model(self) -> Path:
        """The trained model as `audit export --merge` writes it: weights, tokenizer, card."""
        return self.exports / "merged"

    @property
    def exported_adapter(self) -> Path:
        """The trained adapter as `audit export` writes it: weights, tokenizer, card."""
        return self.exports / "adapter"

    def log(self, stage: str) -> Path:
        """The output of a stage program."""
        return self.root / "logs" / f"{stage}.log"

    def responses(self, arm: str) -> Path:
        """What the arm answered, one line a response."""
        return self._arm(arm) / "responses.jsonl"

    def verdicts(self, arm: str, judge: str) -> Path:
        """A judge's labels of the arm's responses."""
        return self._arm(arm) / f"verdicts.{self._part(judge)}.jsonl"

    @property
    def judging(self) -> Path:
        """The questions to model judges and their replies, a folder for each judge."""
        return self.root / "judging"

    def preferences_of(self, judge: str) -> Path:
        """Which arm's answers a judge preferred, and, with another ending, the rows behind it."""
        return self.root / f"pairwise.{self._part(judge)}.json"

    @property
    def annotation(self) -> Path:
        """The batches that people are asked to label, and what they said."""
        return self.root / "annotation"

    @property
    def human_labels(self) -> Path:
        """What people called responses of this run; only ever appended to."""
        return self.annotation / "labels.jsonl"

    def batch(self, name: str) -> Path:
        """One batch to label: its key and its sheets."""
        return self.annotation / self._part(name)

    def judges(self, arm: str) -> list[str]:
        """Return the names of the judges that have labelled the arm's responses."""
        files = self._arm(arm).glob("verdicts.*.jsonl")
        return sorted(file.name.removeprefix("verdicts.").removesuffix(".jsonl") for file in files)

    def judge_identity(self, judge: str) -> JudgeIdentity:
        """Return what a judge's verdicts here depend on.

        Raises:
            InputError: the judge has not scored this run, or an older audit noted who it was.
        """
        stated = self.read_manifest().judges.get(judge)
        fix = f"run `audit score {self.root} --judge {judge}` first"
        if stated is None:
            what = f'has not been scored by the judge "{judge}"'
            raise InputError(Problem(str(self.root), what, fix))
        try:
            return JudgeIdentity.model_validate(stated.model_dump())
        except ValidationError as error:
            what = f'was scored by the judge "{judge}" of an older audit'
            raise InputError(Problem(str(self.root), what, fix)) from error

    def keep_verdicts_of_another(self, identity: dict[str, Any]) -> None:
        """Rename the verdicts of another judge that had this one's name, by its digest.

        The name stands for nobody after that until all of the new judge's verdicts are written.
        """
        name = identity["name"]
        before = self.read_manifest().judges.get(name)
        if before is None or before.sha256 == identity["sha256"]:
            return
        kept = f"{name}-{before.sha256[:SHORT_DIGEST]}"
        for file in sorted(self.root.glob(f"arms/*/verdicts.{name}.jsonl")):
            target = self.verdicts(file.parent.name, kept)
            if not target.exists():
                file.replace(target)
        self.update_manifest(lambda manifest: manifest.with_judge_renamed(name, kept))

    def checkpoints(self) -> dict[int, Path]:
        """Return the finished checkpoints by step, in order."""
        marks = self.train.glob("checkpoint-*/complete.json")
        steps = {mark.parent.name.removeprefix("checkpoint-"): mark.parent for mark in marks}
        return dict(sorted((int(step), at) for step, at in steps.items() if step.isdecimal()))

    def read_manifest(self) -> Manifest:
        """Return the manifest.

        Raises:
            InputError: there is none, so this folder holds no run; it is damaged; or something in
                the folder leads out of it.
        """
        refuse_what_leads_out(self.root)
        return manifest_file.read(self.manifest)

    def write_manifest(self, manifest: Manifest) -> None:
        """Write the manifest of a run that begins."""
        manifest_file.write(self.manifest, manifest)

    def update_manifest(self, change: Change) -> Manifest:
        """Change the manifest in one step, while no other process does, and return it.

        Raises:
            InputError: it cannot be read.
        """
        return manifest_file.update(self.manifest, change)

    def folder_of(self, stated: str) -> Path:
        """Return a folder that the manifest names, from the run's folder on or absolute.

        Raises:
            InputError: it is named from the run's folder on, and lies elsewhere.
        """
        root = self.root.resolve()
        found = (root / stated).resolve()
        if not Path(stated).is_absolute() and not found.is_relative_to(root):
            what = f'names the folder "{visible(stated)}", which leads out of the run'
            fix = "copy the run again from where it was made"
            raise InputError(Problem(str(self.manifest), what, fix))
        return found

    def _arm(self, arm: str) -> Path:
        return self.root / "arms" / self._part(arm)

    def _part(self, name: str) -> str:
        """Return a name that becomes a part of a file's; it may come from a file of the run.

        Raises:
            InputError: it could lead anywhere else.
        """
        if not re.fullmatch(NAME, name):
            what = f'"{visible(name)}" is no name of an arm, a judge or a batch'
            raise InputError(Problem(str(self.root), what, "use letters, digits, - and _"))
        return name

    def locked(self, name: str, wait_seconds: float) -> AbstractContextManager[None]:
        """Hold one of the run's locks.

        Raises:
            InputError: another process holds it, or something in the folder leads out of it.
        """
        refuse_what_leads_out(self.root)
        return locked(self.root, name, wait_seconds)

    def claimed(self) -> AbstractContextManager[None]:
        """Make the run's folder and hold the lock under which all of a run is written.

        Raises:
            InputError: as `locked` does.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        return self.locked("run", wait_seconds=0)
