"""Are several sources of preference pairs mixed as the configuration says, and always alike?"""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from audit.errors import InputError
from audit.settings.preferences import PreferencesConfig
from audit.settings.yaml_file import dump, load_run_config
from train.preferences import load_preferences


def _write(path: Path, name: str, count: int) -> str:
    rows = [
        {"prompt": f"{name} {n}?", "chosen": f"{name} yes {n}", "rejected": f"{name} no {n}"}
        for n in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Write three sources of 100, 300 and 700 pairs."""
    sizes = {"a": 100, "b": 300, "c": 700}
    return {name: _write(tmp_path / f"{name}.jsonl", name, n) for name, n in sizes.items()}


def _taken(config: PreferencesConfig, seed: int = 0) -> dict[str, set[str]]:
    """Return the prompts that are trained on, by their source."""
    prompts = [pair.prompt[0].content for pair in load_preferences(config, seed).train]
    assert len(set(prompts)) == len(prompts)
    return {name: {one for one in prompts if one.startswith(name)} for name in "abc"}


def _sizes(config: PreferencesConfig) -> list[int]:
    return [len(prompts) for prompts in _taken(config).values()]


def test_rows_and_weights_decide_how_many_pairs_each_source_gives(files: dict[str, str]) -> None:
    """Rows are fixed, weights share what `limit` leaves; without a limit as much as there is."""
    a, b, c = ({"path": path} for path in files.values())
    mixes = {
        (100, 40, 0): [a, {**b, "rows": 40}],
        (0, 300, 700): [{**b, "weight": 0.3}, {**c, "weight": 0.7}],
        (10, 150, 150): [{**a, "rows": 10}, {**b, "weight": 1}, {**c, "weight": 1}],
        (100, 300, 100): [{**a, "weight": 0.25}, {**b, "weight": 0.75}, {**c, "rows": 100}],
    }
    limits = {(10, 150, 150): 310}
    for sizes, sources in mixes.items():
        config = PreferencesConfig(sources=sources, limit=limits.get(sizes))
        assert _sizes(config) == list(sizes)


def test_pairs_to_evaluate_on_are_held_out_of_the_mixture(files: dict[str, str]) -> None:
    """`limit` counts pairs to train on; those held out come on top, and none is in both."""
    sources = [{"path": files["b"], "weight": 1}, {"path": files["c"], "weight": 1}]
    found = load_preferences(PreferencesConfig(sources=sources, limit=100, eval_limit=20), seed=3)
    assert (len(found.train), len(found.evaluation)) == (100, 20)
    assert not {str(pair) for pair in found.train} & {str(pair) for pair in found.evaluation}


def test_the_seed_and_the_source_alone_decide_what_is_drawn(files: dict[str, str]) -> None:
    """The same seed draws the same pairs of a source, whatever stands beside it."""
    drawn = {"path": files["c"], "rows": 50}
    alone = PreferencesConfig(sources=[drawn])
    beside = PreferencesConfig(sources=[{"path": files["a"]}, drawn])
    assert _taken(alone, 1)["c"] == _taken(beside, 1)["c"]
    assert _taken(alone, 1)["c"] != _taken(alone, 2)["c"]
    again = [load_preferences(beside, 1).sha256 for _ in range(2)]
    assert again[0] == again[1]


def test_a_source_that_is_too_small_is_named(files: dict[str, str]) -> None:
    """No pair is taken twice to fill a share: the source that lacks pairs is named with its key."""
    sources = [{"path": files["a"], "rows": 101}, {"path": files["b"]}]
    with pytest.raises(InputError, match=r"preferences\.sources\.0 .*has 100 pairs"):
        load_preferences(PreferencesConfig(sources=sources), seed=0)
    shared = [{"path": files["a"], "weight": 1}, {"path": files["c"], "weight": 1}]
    with pytest.raises(InputError, match="is to give 150"):
        load_preferences(PreferencesConfig(sources=shared, limit=300), seed=0)
    fixed = [{"path": files["a"]}, {"path": files["c"], "weight": 1}]
    with pytest.raises(InputError, match=r"preferences\.limit"):
        load_preferences(PreferencesConfig(sources=fixed, limit=100), seed=0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "give a path, or sources"),
        ({"path": "demo", "sources": [{"path": "demo"}]}, "not both"),
        ({"sources": [{"path": "demo", "rows": 2, "weight": 1.0}]}, "rows or a weight"),
        ({"sources": [{"path": "demo"}, {"path": "demo", "rows": 3}]}, "are the same"),
        ({"sources": [{"path": "demo"}], "data_dir": "x"}, "data_dir belongs to each"),
        ({"sources": [{"path": "demo"}], "eval_split": "test"}, "needs an eval_path"),
    ],
)
def test_contradicting_keys_are_refused(given: dict[str, object], told: str) -> None:
    """One path or several sources, and each key where it belongs."""
    with pytest.raises(ValidationError, match=told):
        PreferencesConfig.model_validate(given)


def test_a_mixture_reads_back_and_a_single_source_is_written_as_before(tmp_path: Path) -> None:
    """Relative paths start from the file's folder; keys that say nothing are not written."""
    _write(tmp_path / "mine.jsonl", "a", 3)
    config = tmp_path / "mix.yaml"
    config.write_text(
        "model: {path: m}\n"
        "preferences: {sources: [{path: mine.jsonl, rows: 2}, {path: org/set, revision: v1}]}\n"
    )
    mixed = load_run_config(config)
    assert mixed.preferences is not None
    assert [source.path for source in mixed.preferences.sources] == [
        str((tmp_path / "mine.jsonl").resolve()),
        "org/set",
    ]
    stored = tmp_path / "config.yaml"
    stored.write_text(dump(mixed))
    assert load_run_config(stored) == mixed
    single = PreferencesConfig(path="demo").model_dump()
    assert set(single) == {
        *("path", "name", "data_dir", "split", "limit"),
        *("eval_path", "eval_split", "eval_limit", "invalid_rows"),
    }


def test_a_mistyped_key_of_a_source_is_located(tmp_path: Path) -> None:
    """The line and the nearest key are told."""
    config = tmp_path / "mix.yaml"
    config.write_text(
        "model: {path: m}\npreferences:\n  sources:\n    - path: demo\n      row: 2\n"
    )
    with pytest.raises(InputError) as caught:
        load_run_config(config)
    assert "mix.yaml:5" in str(caught.value)
    assert 'did you mean "rows"' in str(caught.value)


def test_one_source_gives_the_digest_that_it_always_gave() -> None:
    """Runs that were begun before sources could be mixed can go on."""
    found = load_preferences(PreferencesConfig(path="demo", limit=32, eval_limit=8), seed=0)
    assert found.sha256 == "22d55fe98fdb4f34a52a9cfdd85bd293b4b25ab6166366e97d96b55842d924ba"
    as_source = PreferencesConfig(sources=[{"path": "demo"}], limit=32, eval_limit=8)
    assert load_preferences(as_source, seed=0).sha256 == found.sha256
