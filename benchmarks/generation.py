"""What does asking cost beside bare vLLM, and what beside transformers, one prompt at a time?

Run it with `python benchmarks/generation.py MODEL_FOLDER [PROBES] [ROUNDS] [PYTHON]`. All ways
answer the same probes with the same weights, greedily, up to the same number of tokens; rounds
alternate between them, so that a machine that slows down slows all of them. Times are processor
seconds of the whole process, which another process changes less than the clock's. Printed are
each way's seconds a probe with the spread over rounds and its ratio to the bare loop, and the
sha256 of texts and log-odds, by which two versions of this code are held against each other.
Where a PYTHON that can import `inspect_ai` is named, its Hugging Face provider answers the same
prompts last.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import probes.engines.environment  # noqa: F401 - before vLLM
from audit.files import digests
from audit.records import Probe
from audit.run.arm import BaseWeights, new_arm
from audit.run.model_folder import ModelFolder
from audit.settings.probe_sets import ProbesConfig
from audit.settings.run_config import GenerationConfig
from probes.arms import OpenedArm
from probes.engines.engine import Answer, Loading, Question
from probes.engines.vllm_engine import VllmEngine
from probes.rendering import load_tokenizer, render
from probes.sets.selection import select_probes

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS = 64
ONE_BY_ONE = 8
"""Probes that transformers is asked one at a time, which takes long."""


def main() -> None:
    """Print a line for each way to ask."""
    model = ModelFolder(Path(sys.argv[1]).resolve(), sys.argv[1], None)
    count = int(sys.argv[2]) if sys.argv[2:] else 64
    rounds = int(sys.argv[3]) if sys.argv[3:] else 3
    settings = GenerationConfig(max_tokens=TOKENS)
    questions = asked(model.folder, count)
    longest = max(len(question.token_ids) for question in questions)
    started = time.process_time()
    engine = VllmEngine(Loading(model, "float32", longest, None, untied=False), settings)
    print(f"start: {time.process_time() - started:.1f} s")
    files = model.files()
    arm = new_arm("before", BaseWeights(kind="base", model=files), step=None, run=None)
    opened = OpenedArm(arm, model, files.weights_sha256, None)
    ways: dict[str, Callable[[], int]] = {
        "bare vLLM": lambda: bare(engine, questions),
        "this audit": lambda: ours(engine, questions, settings),
        "swap": lambda: engine.become(opened) or count,
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            before = time.process_time()
            way()
            spent[name].append((time.process_time() - before) / count)
    floor = median(spent["bare vLLM"][1:])
    for name, seconds in spent.items():
        kept = seconds[1:]
        spread = f"{min(kept):.3f} to {max(kept):.3f}"
        print(
            f"{name:12} {median(kept):.3f} s a probe ({spread}), {median(kept) / floor:.2f} of bare"
        )
    one = one_by_one(model.folder, questions[:ONE_BY_ONE])
    print(f"{'one by one':12} {one:.3f} s a probe, {one / floor:.2f} of bare (transformers)")
    if sys.argv[4:]:
        inspected, tokens = by_inspect(sys.argv[4], model.folder, count)
        ratio = inspected / floor
        print(f"Inspect AI   {inspected:.3f} s a probe, {ratio:.2f} of bare ({tokens:.0f} tokens)")
    answers = sorted(engine.ask(questions, settings), key=lambda answer: answer.probe_id)
    print(f"texts {said(answers, 'text')}, log-odds {said(answers, 'refusal_log_odds')}")


def said(answers: list[Answer], part: str) -> str:
    """Return the beginning of the sha256 of a part of all answers."""
    return digests.of_json([getattr(answer, part) for answer in answers])[:16]


def first_probes(count: int) -> list[Probe]:
    """Return the first probes, drawn evenly from the shipped sets."""
    each = -(-count // 3)
    sets = [ProbesConfig(set=name, limit=each) for name in ("harmful", "borderline", "helpful")]
    return select_probes(sets)[:count]


def asked(folder: Path, count: int) -> list[Question]:
    """Return the first probes as the model's template renders them."""
    rendered = render(load_tokenizer(folder), first_probes(count), None)
    return [Question(probe.probe_id, 0, probe.token_ids, 0) for probe in rendered]


def bare(engine: VllmEngine, questions: list[Question]) -> int:
    """Answer with vLLM's own `generate`, which drains its batch as this audit does."""
    import vllm

    llm = engine._llm  # noqa: SLF001 - the same engine, without what is measured
    prompts = [{"prompt_token_ids": question.token_ids} for question in questions]
    llm.reset_prefix_cache()
    greedy = vllm.SamplingParams(max_tokens=TOKENS, temperature=0.0)
    return len(llm.generate(prompts, greedy, use_tqdm=False))


def ours(engine: VllmEngine, questions: list[Question], settings: GenerationConfig) -> int:
    """Answer as a run does, from an empty cache of prompts as after a swap."""
    engine._llm.reset_prefix_cache()  # noqa: SLF001 - as above
    return len(list(engine.ask(questions, settings)))


def one_by_one(folder: Path, questions: list[Question]) -> float:
    """Return the seconds a probe of transformers, one prompt at a time, as notebooks do."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    started = time.process_time()
    with torch.inference_mode():
        for question in questions:
            ids = torch.tensor([question.token_ids])
            model.generate(ids, max_new_tokens=TOKENS, do_sample=False)
    return (time.process_time() - started) / len(questions)


def by_inspect(python: str, folder: Path, count: int) -> tuple[float, float]:
    """Return the seconds a probe of Inspect AI's Hugging Face provider, and its tokens a probe."""
    prompts = [probe.conversation()[-1].content for probe in first_probes(count)]
    job = json.dumps({"model": str(folder), "prompts": prompts, "max_tokens": TOKENS})
    script = Path(__file__).with_name("generation_inspect.py")
    ended = subprocess.run(
        [python, "-P", script],
        input=job,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    seconds, tokens = ended.stdout.split()[-2:]
    return float(seconds), float(tokens)


if __name__ == "__main__":
    main()
