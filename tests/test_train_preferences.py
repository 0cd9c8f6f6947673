"""Are all forms of preference data read as the same pairs?"""

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from audit.errors import InputError
from audit.records import Message, Pair
from audit.settings.run_config import PreferencesConfig
from train.preference_rows import UnusableRowError, to_pair
from train.preferences import load_preferences

USER = {"role": "user", "content": "Why is the sky blue?"}
GOOD = {"role": "assistant", "content": "Light scatters."}
BAD = {"role": "assistant", "content": "I won't say."}
PAIR = Pair(
    prompt=[Message(role="user", content=USER["content"])],
    chosen=GOOD["content"],
    rejected=BAD["content"],
)

FORMS = {
    "explicit, plain": {
        "prompt": USER["content"],
        "chosen": GOOD["content"],
        "rejected": BAD["content"],
    },
    "implicit, plain": {
        "chosen": f"{USER['content']} {GOOD['content']}",
        "rejected": f"{USER['content']} {BAD['content']}",
    },
    "explicit, conversational": {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
    "implicit, conversational": {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
    "prompt beside whole conversations": {
        "prompt": USER["content"],
        "chosen": [USER, GOOD],
        "rejected": [USER, BAD],
    },
    "HH-RLHF": {
        "chosen": f"\n\nHuman: {USER['content']}\n\nAssistant: {GOOD['content']}",
        "rejected": f"\n\nHuman: {USER['content']}\n\nAssistant: {BAD['content']}",
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_means_the_same_pair(form: str) -> None:
    """TRL's explicit and implicit forms, plain and conversational, and HH transcripts."""
    assert to_pair(FORMS[form]) == PAIR


def test_hh_transcripts_keep_their_turns() -> None:
    """The prompt is the common part up to the last assistant turn."""
    start = "\n\nHuman: Hi\n\nAssistant: Hello!\n\nHuman: Why?\n\nAssistant:"
    pair = to_pair({"chosen": f"{start} Because.", "rejected": f"{start} No idea."})
    assert [turn.role for turn in pair.prompt] == ["user", "assistant", "user"]
    assert (pair.chosen, pair.rejected) == ("Because.", "No idea.")


def test_transcripts_that_part_early_are_refused() -> None:
    """Two conversations with other earlier turns have no common prompt."""
    row = {
        "chosen": "\n\nHuman: A\n\nAssistant: B",
        "rejected": "\n\nHuman: C\n\nAssistant: D",
    }
    with pytest.raises(UnusableRowError, match="differ before"):
        to_pair(row)


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".json", ".csv", ".parquet"])
def test_every_kind_of_file_is_read(tmp_path: Path, suffix: str) -> None:
    """The same rows from each kind of file are the same pairs."""
    rows = [FORMS["explicit, plain"], {**FORMS["explicit, plain"], "prompt": "And why red?"}]
    path = tmp_path / f"pairs{suffix}"
    table = pd.DataFrame(rows)
    if suffix.startswith(".jsonl"):
        text = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path.write_bytes(gzip.compress(text) if suffix.endswith("gz") else text)
    elif suffix == ".json":
        table.to_json(path, orient="records")
    elif suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path)
    found = load_preferences(PreferencesConfig(path=str(path)), seed=0)
    assert sorted(pair.prompt[0].content for pair in found.train) == [
        "And why red?",
        "Why is the sky blue?",
    ]


def test_the_seed_decides_the_order_and_the_evaluation_pairs() -> None:
    """The same seed holds out the same pairs, another seed others."""
    config = PreferencesConfig(path="demo", limit=50, eval_limit=10)
    first, again = (load_preferences(config, seed=1) for _ in range(2))
    other = load_preferences(config, seed=2)
    assert first == again
    assert first.sha256 != other.sha256
    assert not {str(pair) for pair in first.train} & {str(pair) for pair in first.evaluation}


def test_the_demo_pairs_keep_their_promise() -> None:
    """At least 200 pairs, most of them refusals, and no probe among their prompts."""
    from probes.sets.library import builtin_probes

    demo = load_preferences(PreferencesConfig(path="demo"), seed=0).train
    asked = {probe.question().lower() for probe in builtin_probes()}
    prompts = [pair.prompt[-1].content.lower() for pair in demo]
    assert len(demo) >= 200
    assert len(set(prompts)) == len(prompts)
    assert not asked & set(prompts)
    assert len({pair.chosen for pair in demo}) == len(demo)


def test_all_problems_of_a_file_come_at_once(tmp_path: Path) -> None:
    """Each unusable row is named by its line, not only the first."""
    rows = ['{"prompt": "a", "chosen": "b", "rejected": "b"}', "no json", '{"chosen": "b"}']
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(rows))
    with pytest.raises(InputError) as caught:
        load_preferences(PreferencesConfig(path=str(path)), seed=0)
    assert [problem.where.split(":")[-1] for problem in caught.value.problems] == ["1", "2", "3"]


@pytest.mark.parametrize("part", ["harmless-base", "helpful-base"])
def test_the_published_hh_rows_are_read(shared_data: Path, part: str) -> None:
    """Nearly all of HH-RLHF's test rows are pairs; the few that are not are counted."""
    path = shared_data / "preferences" / part / "test.jsonl.gz"
    found = load_preferences(PreferencesConfig(path=str(path), invalid_rows="drop"), seed=0)
    assert len(found.train) > 2200
    assert found.dropped < 0.02 * len(found.train)
    assert any(len(pair.prompt) >= 3 for pair in found.train)
