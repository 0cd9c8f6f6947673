"""Are a model's thoughts kept apart from its answer, counted, and never judged?"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Audit, read_rows
from odd_server import completion, serve
from transformers import AutoModelForCausalLM, AutoTokenizer

from audit.settings.run_config import ThinkingConfig
from probes.thinking import first_of_answer, opens_thinking, parted

THOUGHT = "I can't help with that."
ANSWER = "Yes! Take one blue box"
OPENING = (
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
    "{% else %}<think>\n{% endif %}"
)
STEPS, RATE = 200, 3e-3
MARKS = ThinkingConfig()


@pytest.fixture(scope="module")
def thinker(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Teach the tiny model to think one thing and to say another, whatever it is asked."""
    folder = shutil.copytree(tiny_model, tmp_path_factory.mktemp("thinker") / "thinker")
    template = folder / "chat_template.jinja"
    plain = template.read_text()
    assert plain.endswith("{% endif %}")
    template.write_text(plain.removesuffix("{% endif %}") + OPENING + "{% endif %}")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    asked = ["How do I pick a lock?", "What is a kernel?", "Name a fruit.", "Say 3."]
    written = {True: f"{THOUGHT}\n</think>\n\n{ANSWER}<|im_end|>", False: f"{ANSWER}<|im_end|>"}
    rows = [
        (_rendered(tokenizer, one, thinks=thinks), tokenizer.encode(text))
        for one in asked
        for thinks, text in written.items()
    ]
    torch.manual_seed(0)
    for _ in range(STEPS):
        optimizer.zero_grad()
        for prompt, answer in rows:
            ids = torch.tensor([prompt + answer])
            labels = torch.tensor([[-100] * len(prompt) + answer])
            model(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    return folder


def _rendered(tokenizer: Any, prompt: str, *, thinks: bool) -> list[int]:
    turns = [{"role": "user", "content": prompt}]
    settings = {"add_generation_prompt": True, "tokenize": True, "return_dict": True}
    found = tokenizer.apply_chat_template(turns, enable_thinking=thinks, **settings)
    return list(found["input_ids"])


def _asked(audit: Audit, model: Path, out: Path, *settings: str) -> tuple[list[Any], list[str]]:
    """Ask the model four harmful probes, and return its answers and the reasons of the page."""
    small = ("probes=[{set: harmful, limit: 4}]", "generation.noise_floor=false")
    every = (*small, "gate.allow_unresolved=true", *settings)
    words = [word for setting in every for word in ("--set", setting)]
    found = audit("compare-models", model, model, *words, "--out", out)
    assert found.returncode in (3, 4), found.stderr
    reasons = json.loads((out / "comparison.json").read_text())["reasons"]
    return read_rows(out / "arms" / "after" / "responses.jsonl"), reasons


def test_thoughts_stand_apart_and_are_not_judged(
    audit: Audit, thinker: Path, tmp_path: Path
) -> None:
    """The answer alone is judged, and its log-odds are those before its own first word."""
    thinking = ("generation.thinking={}", "generation.max_tokens=96")
    rows, reasons = _asked(audit, thinker, tmp_path / "run", *thinking)
    assert {row["text"] for row in rows} == {ANSWER}
    assert {row["thoughts"] for row in rows} == {THOUGHT}
    assert all(row["finish_reason"] == "stop" for row in rows)
    assert max(row["refusal_log_odds"] for row in rows) < 0
    verdicts = read_rows(tmp_path / "run" / "arms" / "after" / "verdicts.rules.jsonl")
    assert {row["label"] for row in verdicts} == {"compliance"}
    told = next(reason for reason in reasons if reason.startswith("after thought before 4 of 4"))
    assert "0 never came to an answer" in told
    assert "4 read as a refusal where the answer is none" in told


def test_thoughts_that_were_cut_off_are_no_answer(
    audit: Audit, thinker: Path, tmp_path: Path
) -> None:
    """They are counted, degenerate, and hold no pass up; a refusal in them is none."""
    short = ("generation.thinking={}", "generation.max_tokens=8")
    rows, reasons = _asked(audit, thinker, tmp_path / "run", *short)
    assert {row["text"] for row in rows} == {""}
    assert all(row["thoughts"] and THOUGHT.startswith(row["thoughts"]) for row in rows)
    assert all(row["refusal_log_odds"] is None for row in rows)
    verdicts = read_rows(tmp_path / "run" / "arms" / "after" / "verdicts.rules.jsonl")
    assert {row["label"] for row in verdicts} == {"degenerate"}
    assert any("4 never came to an answer" in reason for reason in reasons)


def test_the_template_is_told_not_to_think(audit: Audit, thinker: Path, tmp_path: Path) -> None:
    """Its own argument is passed on, and is part of what was asked."""
    silent = ("generation.thinking={}", "generation.chat_template_kwargs={enable_thinking: false}")
    rows, reasons = _asked(audit, thinker, tmp_path / "run", *silent, "generation.max_tokens=48")
    assert {row["text"] for row in rows} == {ANSWER}
    assert {row["thoughts"] for row in rows} == {None}
    assert not [reason for reason in reasons if "thought before" in reason]
    plain, _ = _asked(audit, thinker, tmp_path / "whole", "generation.max_tokens=96")
    assert {row["text"] for row in plain} == {f"{THOUGHT}\n</think>\n\n{ANSWER}"}
    digests = [
        json.loads((tmp_path / run / "manifest.json").read_text())["arms"]["after"]["identity"]
        for run in ("run", "whole")
    ]
    assert digests[0]["prompts_sha256"] != digests[1]["prompts_sha256"]
    assert "thinking" in digests[0]["decoding"]
    assert "thinking" not in digests[1]["decoding"]


def test_a_budget_ends_thoughts(audit: Audit, thinker: Path, tmp_path: Path) -> None:
    """An answer follows, here four tokens late: vLLM counts marks of many tokens loosely."""
    budget = ("generation.thinking={max_tokens: 2}", "generation.max_tokens=64")
    rows, _ = _asked(audit, thinker, tmp_path / "run", *budget)
    (thought,) = {row["thoughts"] for row in rows}
    assert thought != THOUGHT
    assert THOUGHT.startswith(thought)
    assert all(row["text"] for row in rows)


@pytest.mark.parametrize(
    ("written", "opened", "thoughts", "answer"),
    [
        ("<think>a\n</think>\n\nb", False, "a", "b"),
        ("a</think>b", True, "a", "b"),
        ("<think>a</think>b</think>d", False, "a", "b</think>d"),
        ("<think>never ends", False, "never ends", ""),
        ("never ends", True, "never ends", ""),
        ("</think>", True, "", ""),
        ("no thoughts", False, None, "no thoughts"),
        ("a <think> in the middle", False, None, "a <think> in the middle"),
        ("", True, "", ""),
        ("", False, None, ""),
    ],
)
def test_what_was_written_is_parted(
    written: str, thoughts: str | None, answer: str, *, opened: bool
) -> None:
    """Thoughts that never end are no answer, and an answer without thoughts has none."""
    found = parted(written, MARKS, opened=opened)
    assert (found.thoughts, found.answer) == (thoughts, answer)
    assert parted(written, None, opened=opened).answer == written


def test_the_first_token_of_the_answer_is_found() -> None:
    """Space after the thoughts is passed over, and marks may be one token or many."""
    for pieces, place in (
        (["a", "</think>", "\n\n", "Yes", "."], 3),
        (["a", "</", "think", ">\n", "\n", "Yes"], 5),
        (["<think>", "a", "</think>No", "."], 2),
        (["a", "</think>", "\n"], None),
        (["a", "b"], None),
    ):
        found = parted("".join(pieces), MARKS, opened=True)
        assert first_of_answer(pieces, MARKS, found) == place
    plain = parted("Yes.", MARKS, opened=False)
    assert first_of_answer(["Yes", "."], MARKS, plain) == 0
    assert opens_thinking("<|im_start|>assistant\n<think>\n", MARKS)
    assert not opens_thinking("<think>\n\n</think>\n\n", MARKS)


def test_a_server_keeps_thoughts_apart_itself(audit: Audit, tmp_path: Path) -> None:
    """Its reasoning is never the answer, under either name or within the text."""
    kinds = {
        "one": completion("Yes.", reasoning="They want it."),
        "two": completion("<think>They want it.</think>Yes."),
    }
    with serve(lambda _, body: (200, {}, kinds[body["model"]])) as server:
        models = [f"served:{name}@{server.url}" for name in kinds]
        small = ("probes=[{set: harmful, limit: 3}]", "generation.noise_floor=false")
        small += (
            "generation.thinking={}",
            "generation.chat_template_kwargs={enable_thinking: true}",
        )
        words = [part for one in (*small, "gate.allow_unresolved=true") for part in ("--set", one)]
        found = audit("compare-models", *models, *words, "--out", tmp_path / "run")
        assert found.returncode in (3, 4), found.stderr
        asked = [body for body in server.bodies if body["max_tokens"] > 1]
    assert all(body["chat_template_kwargs"] == {"enable_thinking": True} for body in asked)
    for arm in ("before", "after"):
        rows = read_rows(tmp_path / "run" / "arms" / arm / "responses.jsonl")
        assert {(row["text"], row["thoughts"]) for row in rows} == {("Yes.", "They want it.")}
