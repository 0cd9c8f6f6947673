"""Are conversations and system prompts asked as the model's chat template wants them?"""

from pathlib import Path

from audit.records import Message, Probe
from audit.settings.probe_sets import KindColumn, Layout
from probes.rendering import load_tokenizer, render
from probes.sets.layouts import to_probes

TURNS = [
    {"role": "user", "content": "My cat is called Tom."},
    {"role": "assistant", "content": "A fine name."},
    {"role": "user", "content": "What is he called?"},
]


def test_a_conversation_is_rendered_turn_by_turn(tiny_model: Path) -> None:
    """Earlier turns and the system prompt come first, and the answer is opened last."""
    tokenizer = load_tokenizer(tiny_model)
    probe = Probe(
        id="a",
        set="s",
        kind="helpful",
        category="c",
        messages=[Message.model_validate(turn) for turn in TURNS],
    )
    text = tokenizer.decode(render(tokenizer, [probe], "Be brief.")[0].token_ids)
    order = ["Be brief.", "called Tom", "A fine name", "What is he called?", "assistant\n"]
    places = [text.rindex(part) for part in order]
    assert places == sorted(places)


def test_a_probe_keeps_its_own_system_prompt(tiny_model: Path) -> None:
    """The configured system prompt is for probes that have none."""
    tokenizer = load_tokenizer(tiny_model)
    turns = [Message(role="system", content="Be kind."), Message(role="user", content="Why?")]
    probe = Probe(id="a", set="s", kind="helpful", category="c", messages=turns)
    text = tokenizer.decode(render(tokenizer, [probe], "Be brief.")[0].token_ids)
    assert "Be kind." in text
    assert "Be brief." not in text


def test_a_table_may_hold_conversations() -> None:
    """A column of messages is asked as it is; of a list of turns the first is asked."""
    layout = Layout(
        prompt=["talk"],
        kind=KindColumn(column=["kind"], values={"h": "harmful", "b": "borderline"}),
    )
    rows = [("t:1", {"talk": TURNS, "kind": "h"}), ("t:2", {"talk": ["One?", "Two?"], "kind": "b"})]
    first, second = to_probes("mine", layout, rows)
    assert [turn.role for turn in first.conversation()] == ["user", "assistant", "user"]
    assert second.prompt == "One?"
