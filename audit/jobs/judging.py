"""How is a judge found, kept from judging itself, and its model asked by a program of its own?"""

from dataclasses import asdict, dataclass
from pathlib import Path

from audit.errors import InputError, Problem
from audit.files.lines import drop_torn_line, refuse, write_json, write_records
from audit.files.locking import locked
from audit.jobs.child import run_child
from audit.run.arm import ServedModel
from audit.run.directory import SHORT_DIGEST, RunDirectory
from audit.run.identity import UNKNOWN, Identity
from audit.run.judging_folder import JudgePrompt, JudgingFolder, Reply
from audit.run.messages import Tell
from audit.run.seals import refuse_changed_files
from audit.settings.judges import Judges
from audit.settings.yaml_file import load_run_config
from probes.sets.library import read_probes
from reports.judges.asked import AskedJudge
from reports.judges.every_judge import Judge
from reports.judges.kinds import judge_named


@dataclass(frozen=True)
class Judging:
    """A judge that can be asked. Its questions and their replies are kept in `folder`."""

    judge: Judge
    folder: Path
    tell: Tell

    def ask(self, asked: AskedJudge, prompts: list[JudgePrompt]) -> dict[str, Reply]:
        """Ask a judge's model what it has not answered yet, and return the replies by question.

        A question whose reply could not be had is asked again the next time.
        """
        digest = asked.identity.sha256[:SHORT_DIGEST]
        files = JudgingFolder(self.folder / f"{asked.name}-{digest}")
        files.root.mkdir(parents=True, exist_ok=True)
        with locked(files.root, "ask", wait_seconds=0):
            drop_torn_line(files.replies)
            there = files.read_replies()
            if any(prompt.id not in there or there[prompt.id].text is None for prompt in prompts):
                write_json(files.judge, _question_maker(asked))
                write_records(files.prompts, prompts)
                self.tell(f"asking the judge {asked.name} {len(prompts)} questions")
                run_child("probes.judges", files.root, files.log, self.tell)
                there = files.read_replies()
        return {prompt.id: there[prompt.id] for prompt in prompts}


def judge_of_run(
    run: RunDirectory,
    tell: Tell,
    name: str | None = None,
    judges: Judges | None = None,
    *,
    trust_endpoints: bool,
) -> Judging:
    """Find the judge that a run is configured with, or another of this name.

    `judges` join those of the configuration, and are the user's own. A server that only the run's
    configuration names is asked where the user trusts it.

    Raises:
        InputError: there is no such judge, its model cannot be used or is the one that is judged,
            or the run names a server that is not trusted.
    """
    config = load_run_config(run.config)
    known = {**config.judges, **(judges or {})}
    judging = find_judge(name or config.judge, known, run.judging, tell)
    if not trust_endpoints:
        _refuse_endpoints_of_run(judging.judge, run, config.judges, set(judges or ()))
    refuse_self_judging(judging.judge, run)
    return judging


def _refuse_endpoints_of_run(judge: Judge, run: RunDirectory, named: Judges, own: set[str]) -> None:
    """Refuse servers that a run's configuration names, since runs are sent around.

    They would be sent every answer, and the key in whichever variable they name.
    """
    problems = []
    for member in judge.identity.asked():
        if member.model is None or member.model.endpoint_url is None or member.name in own:
            continue
        endpoint = getattr(named[member.name], "endpoint", None)
        key = endpoint and endpoint.api_key_env
        sent = f"the answers and the key in {key}" if key else "the answers"
        what = f"the run itself names {member.model.endpoint_url}, which would be sent {sent}"
        fix = "name the judge in a file of yours (--judges), or add --trust-endpoints"
        problems.append(Problem(f"{run.config}: judges.{member.name}", what, fix))
    refuse(problems)


def find_judge(name: str, judges: Judges, folder: Path, tell: Tell) -> Judging:
    """Find a judge and, where it or its panel needs one, its model.

    Raises:
        InputError: there is no such judge, or its model cannot be used.
    """
    return Judging(judge_named(name, judges).located(), folder, tell)


def refuse_self_judging(judge: Judge, run: RunDirectory) -> None:
    """Refuse a judge whose weights are those of the model that it is to judge.

    An endpoint does not tell its weights; there the name of the model is compared.

    Raises:
        InputError: an arm, or what its adapter stands on, is the judge's own model.
    """
    manifest = run.read_manifest()
    models = manifest.models()
    identities = [arm.identity for arm in manifest.arms.values()]
    stated = [given.weights_sha256 for given in identities if isinstance(given, Identity)]
    known = {given for given in stated if given and given != UNKNOWN}
    weights = {model.weights_sha256 for model in models} | known
    served = [arm.source for arm in manifest.arms.values() if isinstance(arm.source, ServedModel)]
    names = {*(model.source for model in models), *(source.model for source in served)}
    for given in judge.identity.asked():
        if given.model is None:
            continue
        same = given.model.weights_sha256 in weights
        by_name = given.model.endpoint_url and given.model.source in names
        if same or by_name:
            what = "is the model that is judged"
            what += ": the sha256 of their weights is the same" if same else ", by its name"
            raise InputError(
                Problem(f"judges.{given.name}", what, "let another model be the judge")
            )


def pairwise(
    run: RunDirectory, tell: Tell, name: str, judges: Judges | None, *, trust_endpoints: bool
) -> Path:
    """Ask a generative judge which arm's answers to harmless probes help more.

    Returns the file with the win rate; the rows lie beside it.

    Raises:
        InputError: the judge cannot compare answers, as only a chat model with the rubric can.
    """
    from reports.judges.pairwise import prefer, summarise

    judging = judge_of_run(run, tell, name, judges, trust_endpoints=trust_endpoints)
    chat = judging.judge.chat
    if chat is None:
        fix = 'name a generative judge with the template "rubric"'
        raise InputError(Problem(f"judges.{name}", "cannot be asked to compare two answers", fix))
    refuse_changed_files(run)
    rows = prefer(run, read_probes(run.probes), chat, judging.ask)
    confidence = load_run_config(run.config).gate.confidence
    target = run.preferences_of(name)
    write_records(target.with_suffix(".jsonl"), rows)
    judge = chat.identity.model_dump(mode="json")
    write_json(target, {"judge": judge, **summarise(rows, confidence)})
    return target


def _question_maker(asked: AskedJudge) -> dict[str, object]:
    """Return what the program that asks must know: the configuration and the model's files."""
    held = asked.folder
    model = held and {**asdict(held), "folder": str(held.folder.resolve())}
    return {"config": asked.settings.model_dump(mode="json"), "model": model}
