"""What does an engine do for one arm of a run: take its weights on, and ask what is missing?"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from audit.files import digests
from audit.run.arm import BEFORE_AGAIN, Arm
from audit.run.directory import RunDirectory
from audit.run.identity import Identity
from audit.run.messages import Tell
from audit.run.shard import Shard
from probes import journal
from probes.arms import OpenedArm
from probes.canaries import Canaries, is_shown
from probes.engines.engine import Answer, Engine, Question
from probes.identity import identity
from probes.preparing import Prepared


@dataclass(frozen=True)
class Asking:
    """What is the same for every arm of the run."""

    prepared: Prepared
    engine: Engine
    canaries: Canaries
    shard: Shard | None
    tell: Tell

    @property
    def run(self) -> RunDirectory:
        """The run that the answers are written into."""
        return self.prepared.run

    def claim(self, arm: OpenedArm) -> None:
        """Note what makes the arm itself, or check it against what was noted.

        Raises:
            InputError: its stored answers were made by something else.
        """
        change = self.prepared.changes[arm.name]
        measured = {
            "relative_weight_change": change.relative if arm.adapter else None,
            "merging_rounding_error": change.rounding,
        }
        noted = self.run.read_manifest().arms[arm.name]
        journal.claim(self.run, noted, self._identity(arm), measured, self.tell)

    def missing(self, arm: OpenedArm, among: Collection[str] | None = None) -> list[Question]:
        """Return what the arm has not answered, of all probes or of those `among` them."""
        there = journal.answered(self.run, arm.name)
        return [
            question
            for question in self._questions(arm)
            if (question.probe_id, question.sample) not in there
            and (among is None or question.probe_id in among)
        ]

    def become(self, arm: OpenedArm, *, noted: bool) -> None:
        """Take the arm's weights on, proven; the proof is `noted` where it is the session's first.

        Raises:
            StageFailed: the engine does not answer with them.
        """
        self.engine.become(arm)
        proof = self.canaries.prove(arm)
        if not noted:
            return
        taken_on = self.engine.taken_on
        journal.note(self.run, arm.name, lambda _: {"weights_proof": proof, "taken_on": taken_on})
        if not is_shown(proof):
            self.tell(f"the weights of {arm.name} move the texts of the proof too little to show")

    def put(self, arm: OpenedArm, questions: list[Question]) -> None:
        """Ask the questions, and append each answer as it comes."""
        everything = len(list(self._questions(arm)))
        done = len(journal.answered(self.run, arm.name))
        answers = self._answers(arm, questions)
        journal.append(self.run, arm.name, answers, (done, everything), self.tell)

    def _answers(self, arm: OpenedArm, questions: list[Question]) -> Iterator[Answer]:
        """Ask all questions at once, or `before` again in small batches of other neighbours."""
        settings = self.prepared.config.generation
        if arm.name != BEFORE_AGAIN:
            yield from self.engine.ask(questions, settings)
            return
        size = max(1, settings.max_num_seqs // 2)
        backwards = questions[::-1]
        for start in range(0, len(backwards), size):
            yield from self.engine.ask(backwards[start : start + size], settings)

    def _identity(self, arm: OpenedArm) -> Identity:
        rendered = self.prepared.rendered[arm.model.folder]
        probes_sha256 = digests.of_files([self.run.probes])
        settings = self.prepared.config.generation
        return identity(arm, settings, rendered, probes_sha256, self.engine.identity)

    def _questions(self, arm: OpenedArm) -> Iterator[Question]:
        settings = self.prepared.config.generation
        for probe in self.prepared.rendered[arm.model.folder]:
            if self.shard and not self.shard.holds(probe.probe_id):
                continue
            for sample in range(settings.samples):
                seed = journal.seed_of(settings, probe.probe_id, sample)
                yield Question(
                    probe.probe_id,
                    sample,
                    probe.token_ids,
                    seed,
                    probe.opens_thinking,
                    probe.language,
                )

    def come_back(self, first: OpenedArm) -> None:
        """Take on the first arm once more: nothing that came after it may have been left behind.

        An engine of its own, or a model built anew, never held another arm's weights.
        """
        if self.engine.taken_on.way == "engine of its own":
            return
        self.engine.become(first)
        apart = self.canaries.prove_back_again(first)

        def noted(arm: Arm) -> dict[str, object]:
            proof = arm.weights_proof
            return {"weights_proof": proof and proof.model_copy(update={"back_again": apart})}

        journal.note(self.run, first.name, noted)
