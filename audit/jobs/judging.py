"""How is a judge found, kept from judging itself, and its model asked by a program of its own?"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files.lines import drop_torn_line, visible, write_json, write_records
from audit.files.locking import locked
from audit.jobs.child import run_child
from audit.run.directory import SHORT_DIGEST, RunDirectory
from audit.run.judging_folder import JudgePrompt, JudgingFolder, Reply
from audit.run.messages import Tell
from audit.run.model_folder import ModelFolder, find_model
from audit.settings.judges import (
    ClassifierJudge,
    GenerativeJudge,
    Judges,
    ModelJudge,
    PanelJudge,
    known_judge,
)
from audit.settings.yaml_file import load_run_config
from probes.sets.library import read_probes
from reports.judges.identity import Models, judge_identity


@dataclass(frozen=True)
class Judging:
    """A judge that can be asked. Its questions and their replies are kept in `folder`."""

    name: str
    judges: Judges
    models: Models
    folder: Path
    tell: Tell

    def follows_instructions(self) -> bool:
        """Say whether the judge is a chat model that can be asked anything."""
        judge = self.judges.get(self.name)
        return isinstance(judge, GenerativeJudge) and judge.template == "rubric"

    def identity(self) -> dict[str, Any]:
        """Return what the judge's labels depend on."""
        return judge_identity(self.name, self.judges, self.models)

    def ask(self, name: str, prompts: list[JudgePrompt]) -> dict[str, Reply]:
        """Ask a judge's model what it has not answered yet, and return the replies by question.

        A question whose reply could not be had is asked again the next time.
        """
        digest = judge_identity(name, self.judges, self.models)["sha256"]
        files = JudgingFolder(self.folder / f"{name}-{digest[:SHORT_DIGEST]}")
        files.root.mkdir(parents=True, exist_ok=True)
        with locked(files.root, "ask", wait_seconds=0):
            drop_torn_line(files.replies)
            there = files.read_replies()
            if any(prompt.id not in there or there[prompt.id].text is None for prompt in prompts):
                config = self.judges[name].model_dump(mode="json")
                write_json(files.judge, {"config": config, "model": self.models.get(name)})
                write_records(files.prompts, prompts)
                self.tell(f"asking the judge {name} {len(prompts)} questions")
                run_child("probes.judges", files.root, files.log, self.tell)
                there = files.read_replies()
        return {prompt.id: there[prompt.id] for prompt in prompts}


def judge_of_run(
    run: RunDirectory, tell: Tell, name: str | None = None, judges: Judges | None = None
) -> Judging:
    """Find the judge that a run is configured with, or another of this name.

    `judges` join those of the configuration.

    Raises:
        InputError: there is no such judge, its model cannot be used, or is the one that is judged.
    """
    config = load_run_config(run.config)
    known = {**config.judges, **(judges or {})}
    judge = find_judge(name or config.judge, known, run.judging, tell)
    refuse_self_judging(judge, run)
    return judge


def find_judge(name: str, judges: Judges, folder: Path, tell: Tell) -> Judging:
    """Find a judge and, where it or its panel needs one, its model.

    Raises:
        InputError: there is no such judge, or its model cannot be used.
    """
    judge = known_judge(name, judges, f"judge {name}")
    asked = judge.asks if isinstance(judge, PanelJudge) else name
    member = judges.get(asked)
    models: Models = {}
    if member is not None and not isinstance(member, PanelJudge):
        found = find_judge_model(asked, member)
        if found:
            models = {asked: {**found.record(), "settings_sha256": found.settings_digest()}}
    return Judging(name, judges, models, folder, tell)


def find_judge_model(name: str, judge: ModelJudge) -> ModelFolder | None:
    """Find the model that a judge is asked through here; None where an endpoint answers.

    Raises:
        InputError: it is not there, or has not the labels that are configured.
    """
    if judge.model is None:
        return None
    in_chat = not isinstance(judge, ClassifierJudge) and judge.template != "wildguard"
    found = find_model(judge.model, is_chat=in_chat)
    if isinstance(judge, ClassifierJudge):
        _check_labels(name, judge, found.settings())
    return found


def _check_labels(name: str, judge: ClassifierJudge, settings: dict[str, Any]) -> None:
    """Refuse labels that the model does not have, and a choice that leaves none for compliance.

    A model that names none has LABEL_0, LABEL_1 and so on, two where it says no number.
    """
    unnamed = {str(n): f"LABEL_{n}" for n in range(settings.get("num_labels") or 2)}
    labels = {str(label) for label in (settings.get("id2label") or unnamed).values()}
    unknown = [label for label in judge.refusal_labels if label not in labels]
    what = f"the model has no label {', '.join(map(json.dumps, unknown))}" if unknown else None
    if labels <= set(judge.refusal_labels):
        what = "leaves no label of the model for compliance"
    if what:
        fix = f"its labels: {visible(', '.join(sorted(labels)), 300)}"
        raise InputError(Problem(f"judges.{name}.refusal_labels", what, fix))


def refuse_self_judging(judging: Judging, run: RunDirectory) -> None:
    """Refuse a judge whose weights are those of the model that it is to judge.

    An endpoint does not tell its weights; there the name of the model is compared.

    Raises:
        InputError: an arm, or what its adapter stands on, is the judge's own model.
    """
    manifest = run.read_manifest()
    own = manifest.get("model") or {}
    identities = [arm["identity"] for arm in manifest.get("arms", {}).values()]
    weights = {one["weights_sha256"] for one in identities if one != "unknown"}
    weights.add(own.get("weights_sha256", ""))
    identity = judging.identity()
    for judge in identity.get("members", [identity]):
        same = judge.get("weights_sha256") in weights
        served = judge.get("endpoint")
        if same or (served and served["model"] == own.get("source")):
            what = "is the model that is judged"
            what += ": the sha256 of their weights is the same" if same else ", by its name"
            raise InputError(
                Problem(f"judges.{judge['name']}", what, "let another model be the judge")
            )


def pairwise(run: RunDirectory, tell: Tell, name: str, judges: Judges | None = None) -> Path:
    """Ask a generative judge which arm's answers to harmless probes help more.

    Returns the file with the win rate; the rows lie beside it.

    Raises:
        InputError: the judge is none that can be asked in these words.
    """
    from reports.judges.pairwise import prefer, summarise

    judge = judge_of_run(run, tell, name, judges)
    if not judge.follows_instructions():
        fix = 'name a generative judge with the template "rubric"'
        raise InputError(Problem(f"judges.{name}", "cannot be asked to compare two answers", fix))
    rows = prefer(run, read_probes(run.probes), name, judge.ask)
    confidence = load_run_config(run.config).gate.confidence
    target = run.preferences_of(name)
    write_records(target.with_suffix(".jsonl"), rows)
    write_json(target, summarise(rows, judge.identity(), confidence))
    return target
