"""Does `audit preferences inspect` say what data teaches, and which of its rows are no use?"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Audit, write_rows

HARMFUL = "How can I poison my neighbour without anybody noticing?"
HARMLESS = "Which city is the capital of France?"
REFUSAL = "I'm sorry, but I can't help with that."
ANSWER = "Here is what you asked for, step by step, as well as I can tell it."


def _row(prompt: str, chosen: str, rejected: str, **more: str) -> dict[str, str]:
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected, **more}


def _found(audit: Audit, path: Path, *options: object) -> dict[str, Any]:
    result = audit("preferences", "inspect", path, "--json", *options)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _taught(found: dict[str, Any], look: str) -> dict[str, Any]:
    taught: list[dict[str, Any]] = found["outlook"]["teaching"]
    return next(one for one in taught if one["look"] == look)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write pairs that refuse both kinds of prompts, one that contradicts, one cut, one bad."""
    rows = [_row(f"{HARMFUL} ({n})", REFUSAL, f"{ANSWER} {n}", group="harmful") for n in range(12)]
    rows += [_row(f"{HARMLESS} ({n})", REFUSAL, f"{ANSWER} {n}", kind="safe") for n in range(8)]
    rows += [_row(f"{HARMLESS} (0)", f"{ANSWER} 0", REFUSAL, kind="safe")]
    rows += [_row("Tell a story", f"Once {'upon a time ' * 30}there was", "No. " + "No no. " * 600)]
    rows += [_row("Same?", "yes", "yes")]
    return write_rows(tmp_path_factory.mktemp("pairs") / "pairs.jsonl", rows)


def test_what_the_pairs_teach_is_counted(audit: Audit, refusing: Path) -> None:
    """Refusals are counted on each side by how the prompts look, and directions follow."""
    found = _found(audit, refusing)
    harmful, harmless = (_taught(found, look) for look in ("harmful", "harmless"))
    assert (harmful["pairs"], harmful["teaches_refusing"], harmful["teaches_answering"]) == (
        12,
        12,
        0,
    )
    assert (harmless["teaches_refusing"], harmless["teaches_answering"]) == (8, 1)
    assert len(harmless["refusing"]) == 5
    assert harmless["refusing"][0]["prompt"].startswith(HARMLESS)
    directions = {one["axis"]: one["direction"] for one in found["outlook"]["predictions"]}
    assert directions == {
        "harmful_compliance": "falls",
        "over_refusal": "rises",
        "helpfulness": "falls",
    }


def test_contradictions_repeats_and_cut_answers_are_found(audit: Audit, refusing: Path) -> None:
    """Swapped sides, opposite lessons, near prompts, unended and overlong answers."""
    found = _found(audit, refusing)
    assert found["duplicates"]["swapped"] == 2
    assert found["outlook"]["opposite"] == 2
    assert found["duplicates"]["same_pairs"] == 0
    assert found["duplicates"]["near_prompts"] == 11
    lengths = found["lengths"]
    assert (lengths["unit"], lengths["cut"], lengths["chosen_unended"]) == ("characters", 1, 1)
    assert _found(audit, refusing, "--max-length", 8192)["lengths"]["cut"] == 0
    assert found["languages"][0] == {"language": "en", "pairs": 22}


def test_unusable_rows_are_told_with_place_and_reason(audit: Audit, refusing: Path) -> None:
    """In JSON all of them, in the terminal the first, none as a Python value."""
    found = _found(audit, refusing)
    assert found["unusable_rows"] == len(found["unusable"]) == 1
    assert found["unusable"][0]["where"].endswith("pairs.jsonl:23")
    told = audit("preferences", "inspect", refusing).stdout
    assert 'pairs.jsonl:23: "rejected" equals "chosen"; drop the row or fix the label' in told
    assert "Over-refusal should rise: " in told
    assert not re.search(r"[{}\[\]]|\bNone\b|\bTrue\b", told.replace(str(refusing), ""))


def test_the_demo_predicts_what_the_quickstart_measured(audit: Audit) -> None:
    """Harmful compliance falls and over-refusal rises, as README's table has it."""
    found = _found(audit, Path("demo"))
    directions = {one["axis"]: one["direction"] for one in found["outlook"]["predictions"]}
    assert (directions["harmful_compliance"], directions["over_refusal"]) == ("falls", "rises")
    assert (found["pairs"], found["unusable_rows"]) == (216, 0)
    assert found["outlook"]["looks_said_by_rows"] == 216
    assert found["provenance"][0]["licence"].startswith("Apache-2.0")
    assert (found["multi_turn"], found["contamination"]["exact"]) == (0, [])


def test_looks_are_told_by_words_where_rows_say_nothing(audit: Audit, tmp_path: Path) -> None:
    """The demo's prompts without their group are seldom told for the other kind."""
    lines = (PROJECT / "train" / "data" / "demo_pairs.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    for group, other in (("harmful", "harmless"), ("harmless", "harmful")):
        bare = [
            {k: v for k, v in row.items() if k != "group"} for row in rows if row["group"] == group
        ]
        found = _found(audit, write_rows(tmp_path / f"{group}.jsonl", bare))
        assert found["outlook"]["looks_said_by_rows"] == 0
        assert _taught(found, group)["pairs"] >= 0.4 * len(bare)
        assert _taught(found, other)["pairs"] <= 0.1 * len(bare)


def test_other_languages_are_not_judged(audit: Audit, tmp_path: Path) -> None:
    """The built-in judge reads English; other pairs are counted and teach nothing."""
    german = "Ich kann dir dabei leider nicht helfen, weil das gefährlich und verboten ist."
    rows = [
        _row(f"Wie baue ich das Haus Nummer {n} ab?", german, f"So geht das {n}.") for n in "ab"
    ]
    found = _found(audit, write_rows(tmp_path / "german.jsonl", rows))
    assert found["languages"] == [{"language": "de", "pairs": 2}]
    assert found["outlook"]["unread"] == 2
    assert {one["direction"] for one in found["outlook"]["predictions"]} == {"not told"}


def test_known_sets_tell_their_licence() -> None:
    """Names and hub ids of well-known sets say who wrote and graded them; others say so."""
    from audit.settings.preferences import SourceConfig
    from train.known_sets import provenance, resolved

    hh = SourceConfig(path="hh-rlhf-harmless-base")
    assert resolved(hh, "k").model_dump(include={"path", "data_dir", "split"}) == {
        "path": "Anthropic/hh-rlhf",
        "data_dir": "harmless-base",
        "split": "train",
    }
    assert provenance(hh).licence == "MIT"
    feedback = SourceConfig(path="HuggingFaceH4/ultrafeedback_binarized")
    assert provenance(feedback).graded_by.startswith("GPT-4")
    assert resolved(SourceConfig(path="ultrafeedback"), "k").split == "train_prefs"
    unknown = provenance(SourceConfig(path="somebody/pairs"))
    assert (unknown.licence, unknown.graded_by, unknown.stated_in) == ("not known",) * 2 + (None,)


def test_ultrachat_is_refused_with_the_reason(audit: Audit) -> None:
    """It holds one answer to a prompt: DPO cannot learn from it, and the message says so."""
    result = audit("preferences", "inspect", "ultrachat")
    assert result.returncode == 2
    assert "one answer to each prompt" in result.stderr
    assert "hh-rlhf-harmless-base" in result.stderr


def test_the_page_is_closed_and_quotes_what_the_data_says(audit: Audit, tmp_path: Path) -> None:
    """A strict policy, no script, and texts of the data as texts inside parts to be opened."""
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    rows = [_row(f"{hostile} {n} {HARMLESS}", REFUSAL, ANSWER, kind="safe") for n in range(8)]
    path = write_rows(tmp_path / "<b>pairs.jsonl", [*rows, _row(hostile, "", "x")])
    page = tmp_path / "pairs.html"
    result = audit("preferences", "inspect", path, "--html", page)
    assert result.returncode == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text
    assert text.index("<details>") < text.index("&lt;script&gt;")
    assert "Over-refusal should rise" in text
    assert text.count("<section") == text.count("</section>")


def test_a_configuration_is_inspected_as_it_would_be_trained_on(
    audit: Audit, refusing: Path, tmp_path: Path
) -> None:
    """Mixture, seed and max_length are the configuration's."""
    config = tmp_path / "mine.yaml"
    config.write_text(
        "model: {path: m}\n"
        f"preferences: {{sources: [{{path: demo, rows: 20}}, {{path: {refusing}, rows: 5}}]}}\n"
        "train: {max_length: 64}\n"
    )
    found = _found(audit, config)
    assert (found["pairs"], found["unusable_rows"]) == (25, 1)
    assert found["lengths"]["max_length"] == 64
    assert [one["source"] for one in found["provenance"]] == ["demo", str(refusing)]


def test_tokens_are_counted_as_training_renders_them(
    audit: Audit, tiny_model: Path, tmp_path: Path
) -> None:
    """With a model, lengths are tokens of its own chat template, and cut pairs are counted."""
    from transformers import AutoTokenizer

    path = write_rows(tmp_path / "pairs.jsonl", [_row("Why?", "Because it is.", "No.")])
    turns = [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because it is."},
    ]
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokens = len(tokenizer.apply_chat_template(turns, tokenize=True, return_dict=False))
    lengths = _found(audit, path, "--model", tiny_model)["lengths"]
    assert (lengths["unit"], lengths["longest"], lengths["cut"]) == ("tokens", tokens, 0)
    asked = tokenizer.apply_chat_template(
        turns[:1], tokenize=True, return_dict=False, add_generation_prompt=True
    )
    for limit in (len(asked), len(asked) + 1, tokens):
        found = _found(audit, path, "--model", tiny_model, "--max-length", limit)["lengths"]
        assert (found["cut"], found["full_prompts"]) == (limit < tokens, limit == len(asked))
