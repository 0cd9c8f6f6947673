"""Is a manifest one typed thing: written once, read by its version, and refused where damaged?"""

import json
import shutil
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from conftest import Audit, read_rows
from pydantic import BaseModel

from audit.errors import InputError
from audit.run.arm import Record
from audit.run.directory import RunDirectory
from audit.run.identity import Identity, Unknown, differing
from audit.run.manifest import Manifest
from audit.run.manifest_file import read, write

MODEL = {"source": "m", "folder": "/m", "revision": None, "weights_sha256": "w"}
IDENTITY = {"weights_sha256": "w", "adapter_sha256": None, "decoding": {"max_tokens": 8}}
FORMER = {
    "version": 1,
    "audit_version": "0.1.0",
    "command": "audit train-and-compare x.yaml",
    "model": MODEL,
    "arms": {
        "before": {"identity": IDENTITY, "step": None, "sessions": 1},
        "after": {
            "identity": {**IDENTITY, "adapter_sha256": "a"},
            "step": None,
            "relative_weight_change": 0.25,
            "merging_rounding_error": 1e-8,
            "sessions": 2,
        },
        "step-0250": {"identity": IDENTITY, "step": 250, "sessions": 1},
    },
    "train": {
        "preferences_sha256": "p",
        "pairs": 8,
        "evaluation_pairs": 0,
        "dropped_rows": 1,
        "versions": {"trl": "1.16.0"},
    },
    "seconds": {"train": 2.5},
    "done": {"train": True, "generate": ["before", "after"], "score": True},
}


def _written(folder: Path, stated: object) -> Path:
    path = folder / "manifest.json"
    path.write_text(stated if isinstance(stated, str) else json.dumps(stated), encoding="utf-8")
    return path


def test_a_manifest_of_version_1_says_the_same_today(tmp_path: Path) -> None:
    """What its arms were follows from its names and folders; marks of asking go to the arms."""
    manifest = read(_written(tmp_path, FORMER))
    assert [arm.name for arm in manifest.in_order()] == ["before", "step-0250", "after"]
    sources = {name: arm.source.model_dump() for name, arm in manifest.arms.items()}
    adapter = {"kind": "adapter", "model": MODEL, "sha256": None}
    assert sources == {
        "before": {"kind": "base", "model": MODEL},
        "after": {**adapter, "folder": "train/adapter"},
        "step-0250": {**adapter, "folder": "train/checkpoint-250"},
    }
    assert {arm.name for arm in manifest.arms.values() if arm.asked} == {"before", "after"}
    assert manifest.done.model_dump() == {
        "train": True,
        "score": True,
        "compare": False,
        "report": False,
    }
    assert (manifest.origin, manifest.arms["after"].sessions) == ("training", 2)
    write(tmp_path / "manifest.json", manifest)
    assert json.loads((tmp_path / "manifest.json").read_text())["version"] == 2
    assert read(tmp_path / "manifest.json") == manifest


def test_a_check_and_an_import_of_version_1_are_read(tmp_path: Path) -> None:
    """A side that was not asked yet is an arm too; imported answers stay of unknown identity."""
    whole = {**MODEL, "folder": "/other", "weights_sha256": "v"}
    sides = {
        "before": {"model": MODEL, "adapter": None, "step": None},
        "after": {"model": whole, "adapter": None, "step": None},
    }
    known = {"before": {**FORMER["arms"]["before"], "reused_from": "/r#before"}}
    former = {**FORMER, "subjects": sides, "arms": known, "done": {"check": True}}
    checked = read(_written(tmp_path, former))
    assert [arm.source.kind for arm in checked.in_order()] == ["base", "full"]
    assert [arm.asked for arm in checked.in_order()] == [True, False]
    assert checked.origin == "check"
    arms = {name: {"identity": "unknown", "step": None} for name in ("before", "after")}
    former = {"version": 1, "model": None, "arms": arms, "done": {"import": True}}
    imported = read(_written(tmp_path, former))
    assert [arm.identity for arm in imported.in_order()] == [Unknown(), Unknown()]
    assert all(arm.asked for arm in imported.arms.values())
    assert imported.origin == "import"


DAMAGE = {
    "null": ("null", "holds a JSON NoneType"),
    "a list": ("[]", "holds a JSON list"),
    "a word": ('"unknown"', "holds a JSON str"),
    "empty": ("", "is not JSON"),
    "torn": ('{"version": 2, "arms": {"bef', "is not JSON"),
    "deep": ('{"version": 2, "arms": ' + "[" * 100_000, "is not JSON"),
    "deep and whole": ('{"version": 2, "a": ' + "[" * 900 + "]" * 900 + "}", "manifest.json"),
    "endless": ('{"version": 2, "seconds": {"train": 1e999}}', "is not JSON"),
    "not a number": ('{"version": 2, "seconds": {"train": NaN}}', "is not JSON"),
    "a later version": ('{"version": 3}', "has the version 3"),
    "no version": ("{}", "has the version null"),
    "a true version": ('{"version": true}', "has the version true"),
    "nothing else": ('{"version": 2}', '"origin"'),
    "nothing else in version 1": ('{"version": 1}', '"model"'),
    "arms that are a list": ('{"version": 1, "model": null, "arms": []}', '"arms"'),
    "marks that are a list": ('{"version": 1, "model": null, "done": [1]}', '"done"'),
}


@pytest.mark.parametrize(("text", "said"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str, said: str) -> None:
    """Every damage is the user's to mend, with the file and what is wrong with it."""
    with pytest.raises(InputError) as refused:
        read(_written(tmp_path, text))
    assert all("manifest.json" in problem.where for problem in refused.value.problems)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("command", "damage"),
    [("score", "null"), ("compare", "torn"), ("report", "deep"), ("generate", "a list")],
)
def test_no_command_ends_in_a_traceback(
    audit: Audit, judged_import: Path, tmp_path: Path, command: str, damage: str
) -> None:
    """Exit code 2, and one located message."""
    run = Path(shutil.copytree(judged_import, tmp_path / "run"))
    _written(run, DAMAGE[damage][0])
    result = audit(command, run)
    assert (result.returncode, "manifest.json" in result.stderr) == (2, True)
    assert "Traceback" not in result.stderr


def test_hostile_names_and_keys_are_refused(judged_import: Path, tmp_path: Path) -> None:
    """An arm or judge whose name would leave its folder is none, and no key is passed over."""
    good = json.loads((judged_import / "manifest.json").read_text())
    arm = good["arms"]["before"]
    judge = {**good["judges"]["rules"], "name": "../x"}
    bad = [
        {**good, "arms": {"../../x": arm}},
        {**good, "arms": {"a/b": arm}},
        {**good, "judges": {"../x": judge}},
        {**good, "seconds": {"train": -1.0}},
        {**good, "arms": {"before": {**arm, "source": {"kind": "pickled", "file": "x"}}}},
        {**good, "arms": {"before": {**arm, "sesions": 1}}},
        {**good, "extra": 1},
    ]
    for stated in bad:
        with pytest.raises(InputError):
            read(_written(tmp_path, stated))


def _add_seconds(root: Path) -> None:
    for _ in range(20):
        RunDirectory(root).update_manifest(lambda manifest: manifest.with_seconds("train", 1.0))


def test_two_writers_lose_nothing(judged_import: Path, tmp_path: Path) -> None:
    """Two programs that change one manifest at the same time both find their change in it."""
    shutil.copy(judged_import / "manifest.json", tmp_path)
    context = get_context("spawn")
    writers = [context.Process(target=_add_seconds, args=(tmp_path,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert read(tmp_path / "manifest.json").seconds == {"train": 40.0}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"top_k": 40}, "top_k"),
        ({"decoding": {"max_tokens": 8, "min_p": 0.1}}, "decoding.min_p"),
        ({"engine_settings": {"kernel": {"made_up": True}}}, "engine_settings.kernel.made_up"),
        ({"made_up": None}, "made_up"),
    ],
)
def test_a_made_up_setting_is_a_difference(change: dict[str, Any], named: str) -> None:
    """Whatever is stated of one arm and not of the other is named, however deep it stands."""
    first = Identity.model_validate(IDENTITY)
    second = Identity.model_validate({**IDENTITY, "weights_sha256": "v", **change})
    assert differing(first, first) == []
    assert differing(first, second) == differing(second, first) == [named]


def test_arms_asked_in_two_ways_are_refused_with_the_setting(
    audit: Audit, judged_import: Path, tmp_path: Path
) -> None:
    """`compare` ends with exit code 2 and the name of a setting that nobody foresaw."""
    run = Path(shutil.copytree(judged_import, tmp_path / "run"))
    manifest = json.loads((run / "manifest.json").read_text())
    for arm in ("before", "after"):
        manifest["arms"][arm]["identity"] = IDENTITY
    _written(run, manifest)
    assert audit("compare", run).returncode in (0, 3, 4)
    other = {**IDENTITY, "decoding": {"max_tokens": 8, "thinking_budget": 64}}
    manifest["arms"]["after"]["identity"] = other
    _written(run, manifest)
    result = audit("compare", run)
    assert (result.returncode, "decoding.thinking_budget" in result.stderr) == (2, True)


def test_answers_made_elsewhere_are_not_asked_again(audit: Audit, judged_import: Path) -> None:
    """`generate` and `train` on an imported run say that there is no model."""
    for command in ("generate", "train"):
        result = audit(command, judged_import)
        assert (result.returncode, "Traceback" in result.stderr) == (2, False)
        assert "import" in result.stderr


def test_every_field_says_what_it_means() -> None:
    """Each field of the manifest's records has words that documentation can be made of."""

    def records(kind: type[BaseModel]) -> list[type[BaseModel]]:
        return [kind, *(one for sub in kind.__subclasses__() for one in records(sub))]

    fields = [
        (record.__name__, name, field)
        for record in [Identity, *records(Record)[1:]]
        for name, field in record.model_fields.items()
    ]
    assert [place for *place, field in fields if not field.description] == []
    assert Manifest in records(Record)


def test_arms_stand_before_they_are_asked(audit: Audit, finished_run: Path, tmp_path: Path) -> None:
    """A run that nothing was asked of yet has its arms, each with what it is."""
    run = tmp_path / "run"
    run.mkdir()
    for name in ("config.yaml", "probes.jsonl"):
        shutil.copy(finished_run / name, run)
    manifest = json.loads((finished_run / "manifest.json").read_text())
    begun = {**manifest, "arms": {}, "done": {"train": True}}
    _written(run, begun)
    shutil.copytree(finished_run / "train", run / "train")
    (run / "train" / "adapter" / "adapter_model.safetensors").unlink()
    refused = audit("generate", run)
    assert (refused.returncode, "adapter_model.safetensors" in refused.stderr) == (2, True)
    shutil.copytree(finished_run / "train", run / "train", dirs_exist_ok=True)
    (run / "probes.jsonl").write_text("")
    assert audit("generate", run).returncode == 2
    found = json.loads((run / "manifest.json").read_text())["arms"]
    expected = {name: arm["source"] for name, arm in manifest["arms"].items()}
    assert {name: arm["source"] for name, arm in found.items()} == expected
    assert {arm["identity"] for arm in found.values()} == {None}
    assert not (run / "arms").exists()


def test_changed_weights_are_not_asked_in_silence(
    audit: Audit, finished_run: Path, tmp_path: Path
) -> None:
    """Weights are hashed as they are read; others than the manifest names are refused."""
    run = Path(shutil.copytree(finished_run, tmp_path / "run"))
    (run / "arms" / "after" / "responses.jsonl").unlink()
    adapter = run / "train" / "adapter" / "adapter_model.safetensors"
    shutil.copy(run / "train" / "checkpoint-2" / "adapter_model.safetensors", adapter)
    result = audit("generate", run)
    assert (result.returncode, "other weights than the manifest" in result.stderr) == (2, True)
    assert not (run / "arms" / "after" / "responses.jsonl").exists()


def test_a_finished_run_states_everything(finished_run: Path) -> None:
    """Every arm is asked; settings that nobody listed stand in its identity."""
    manifest = RunDirectory(finished_run).read_manifest()
    assert all(arm.asked for arm in manifest.arms.values())
    stated = manifest.arms["after"].identity
    assert isinstance(stated, Identity)
    assert set(stated.decoding or {}) == {
        "max_tokens",
        "temperature",
        "top_p",
        "samples",
        "seed",
        "max_num_seqs",
    }
    assert {"enforce_eager", "load_format", "end_tokens"} <= set(stated.engine_settings or {})
    assert {"torch", "transformers"} <= set(stated.versions or {})
    assert len(read_rows(finished_run / "arms" / "after" / "responses.jsonl")) == 36
