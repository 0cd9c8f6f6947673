"""Ask a judge's model every question that has no reply yet, and append each reply as it comes."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from audit.files.lines import drop_torn_line, json_line, read_records
from audit.run.judging_folder import JudgePrompt, JudgingFolder, Reply
from audit.run.messages import Progress, Tell
from audit.run.model_folder import ModelFolder
from audit.run.stage_program import run_stage_program
from audit.settings.judges import ClassifierJudge, GenerativeJudge

Answering = Callable[[list[JudgePrompt]], Iterator[Reply]]


def answer(folder: JudgingFolder, tell: Tell) -> None:
    """Have all questions answered that have no reply, or only a failed one."""
    drop_torn_line(folder.replies)
    there = folder.read_replies()
    asked = [prompt for _, prompt in read_records(folder.prompts, JudgePrompt)]
    open_ones = [
        question
        for question in asked
        if question.id not in there or there[question.id].text is None
    ]
    done, failed = len(asked) - len(open_ones), 0
    with folder.replies.open("a", encoding="ascii") as file:
        for reply in _answering(folder, tell)(open_ones):
            file.write(json_line(reply))
            file.flush()
            done, failed = done + 1, failed + (reply.text is None)
            tell(Progress(f"judging with {folder.root.name}", done, len(asked), "replies"))
    if failed:
        tell(f"{failed} of {len(asked)} questions got no reply that can be read")


def _answering(folder: JudgingFolder, tell: Tell) -> Answering:
    """Return what answers for this judge; each kind loads only what it needs."""
    stored = json.loads(folder.judge.read_text(encoding="utf-8"))
    if stored["model"] is None:
        from probes.judges.endpoint import ask_endpoint

        return partial(ask_endpoint, GenerativeJudge.model_validate(stored["config"]))
    files = stored["model"]
    model = ModelFolder(Path(files["folder"]), files["source"], files["revision"])
    tell(f"loading the judge's model {model.source}")
    return ASKED_HERE[stored["config"]["kind"]](stored["config"], model)


def _classifier(config: dict[str, Any], model: ModelFolder) -> Answering:
    from probes.judges.classifier import classify

    return partial(classify, ClassifierJudge.model_validate(config), model.folder)


def _generative(config: dict[str, Any], model: ModelFolder) -> Answering:
    from probes.judges.local_model import ask_vllm

    return partial(ask_vllm, GenerativeJudge.model_validate(config), model)


ASKED_HERE = {"classifier": _classifier, "generative": _generative}


if __name__ == "__main__":
    run_stage_program(JudgingFolder, answer)
