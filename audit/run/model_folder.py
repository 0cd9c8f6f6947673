"""Where are the model's files, and can a chat be trained on and asked of them?"""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import InputError, Problem
from audit.files import digests
from audit.files.borders import one_line
from audit.files.hub import stay_offline_if_unreachable
from audit.files.lines import read_json_object
from audit.run.arm import ModelFiles
from audit.run.chat_template import has_chat_template
from audit.run.model_kinds import known_kinds
from audit.settings.model import ModelConfig

SETTINGS_FILES = ("config.json", "*token*.json", "*.jinja", "*.model", "vocab.*", "merges.txt")
TELLING_FILES = (
    *SETTINGS_FILES,
    "generation_config.json",
    "*.tiktoken",
    "*.safetensors.index.json",
)
"""What a model is, how it answers, and how its texts are read."""
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
"""What PEFT saves an adapter as: its settings, and its weights."""
SAVE_AGAIN = "save the model again with save_pretrained()"
DEMO_MODEL = "SmolLM2-135M-Instruct"
"""The model that `audit demo` fetches, by its folder's name."""
HUB_FILES = ["*.safetensors", "*.json", "*.jinja", "*.model", "*.txt"]


@dataclass(frozen=True)
class ModelFolder:
    """A model's files on this machine, and where they came from."""

    folder: Path
    source: str
    revision: str | None

    @classmethod
    def of(cls, files: ModelFiles) -> "ModelFolder":
        """Return the folder that a manifest names."""
        return cls(Path(files.folder), files.source, files.revision)

    def files(self) -> ModelFiles:
        """Return what a manifest says of the model; reads all weights for their digest."""
        return ModelFiles(
            source=self.source,
            folder=str(self.folder.resolve()),
            revision=self.revision,
            weights_sha256=self.digest(),
        )

    def settings(self) -> dict[str, Any]:
        """Return the model's config.json.

        Raises:
            InputError: it cannot be read.
        """
        return read_json_object(self.folder / "config.json", SAVE_AGAIN)

    def weight_files(self) -> list[Path]:
        """Return the safetensors files, by name."""
        return sorted(path for path in self.folder.glob("*.safetensors") if path.is_file())

    def telling_files(self) -> list[Path]:
        """Return the files that say what the model is and how its texts are read, by name."""
        files = {path for kind in TELLING_FILES for path in self.folder.glob(kind)}
        return sorted(path for path in files if path.is_file())

    def settings_digest(self) -> str:
        """Return the sha256 of configuration, tokenizer and chat template."""
        files = [path for kind in SETTINGS_FILES for path in self.folder.glob(kind)]
        return digests.of_files(files)

    def weight_bytes(self) -> int:
        """Return the size of all weights."""
        return sum(path.stat().st_size for path in self.weight_files())

    def digest(self) -> str:
        """Return the sha256 of the weights."""
        return digests.of_files(self.weight_files())


def is_local(model: ModelConfig) -> bool:
    """Say whether the configured path is meant as a folder here and not as a hub id."""
    return model.path.startswith((".", "/", "~")) or Path(model.path).exists()


def is_to_fetch(model: ModelConfig) -> bool:
    """Say whether the path is no folder here and can be the id of a model on the hub.

    The demonstration's model is fetched too, from the package index.

    Raises:
        InputError: it is no folder, and reads as if one was meant.
    """
    if _expanded(model.path).is_dir():
        return False
    if Path(model.path).name == DEMO_MODEL or _is_hub_id(model.path):
        return True
    raise InputError(_no_folder(model.path))


def _is_hub_id(path: str) -> bool:
    """Say whether a path names an owner and a model, and no folder here is called like the owner.

    The hub also knows a few old models without an owner; each has an id with one too.
    """
    owner, _, name = path.partition("/")
    return (
        bool(owner and name)
        and "/" not in name
        and not (path.startswith((".", "/", "~")) or Path(owner).is_dir())
    )


def _no_folder(path: str) -> Problem:
    """Say that a folder is not there, with the name of one that is nearly called so."""
    folder = _expanded(path)
    beside = folder.parent.iterdir() if folder.parent.is_dir() else ()
    names = [one.name for one in beside if one.is_dir()]
    near = difflib.get_close_matches(folder.name, names, n=1)
    fix = "give the folder of a model, or a hub id with its owner (owner/name)"
    if near:
        fix = f'did you mean "{folder.parent / near[0]}"?'
    elif folder.name == DEMO_MODEL:
        fix = "`audit demo` fetches it, and so does `make model` in a checkout"
    return Problem(path, "there is no such folder", fix)


def find_model(model: ModelConfig, *, is_chat: bool = True) -> ModelFolder:
    """Find the model's folder, fetching it from the hub where the path is a hub id.

    `is_chat` says whether it needs a chat template.

    Raises:
        InputError: there is no such folder, the hub cannot give it, or a file that is needed
            is missing from it.
    """
    whole = locate(model)
    refuse_incomplete(whole, is_chat=is_chat)
    return whole


def locate(model: ModelConfig) -> ModelFolder:
    """Return the folder of a model or an adapter, fetched where the path is a hub id.

    What it holds is not looked at.

    Raises:
        InputError: the hub cannot give it.
    """
    if is_local(model):
        return ModelFolder(_expanded(model.path), model.path, None)
    return _from_hub(model)


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        fix = "give the folder's whole path"
        raise InputError(Problem(path, "names a user that is not here", fix)) from error


def _from_hub(model: ModelConfig) -> ModelFolder:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    stay_offline_if_unreachable()
    try:
        folder = Path(
            snapshot_download(model.path, revision=model.revision, allow_patterns=HUB_FILES)
        )
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        what = f'"{model.path}" is no folder here, and the hub did not give it ({reason})'
        fix = "give a folder that exists, or a hub id that this machine can reach (HF_TOKEN)"
        raise InputError(Problem("model.path", what, fix)) from error
    return ModelFolder(folder, model.path, folder.name)


def refuse_incomplete(model: ModelFolder, *, is_chat: bool = True) -> None:
    """Refuse a folder that lacks a file of a model.

    Raises:
        InputError: with everything that is missing.
    """
    folder = model.folder
    if not folder.is_dir():
        raise InputError(_no_folder(str(folder)))
    problems: list[Problem] = []
    if not (folder / "config.json").is_file():
        fix = "give the folder that save_pretrained() wrote"
        problems.append(Problem(str(folder), "holds no config.json", fix))
    else:
        problems += _kind_problems(model)
    if not model.weight_files():
        pickled = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
        what = "holds only pickled weights, which can run code" if pickled else "holds no weights"
        fix = "save the model with save_pretrained(), which writes safetensors"
        problems.append(Problem(str(folder), what, fix))
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model")):
        fix = "save the tokenizer there with save_pretrained()"
        problems.append(Problem(str(folder), "holds no tokenizer", fix))
    elif (folder / "tokenizer.json").is_file() and not _is_tokenizer(folder):
        what = 'is no tokenizer: it must hold an object "model"'
        problems.append(Problem(str(folder / "tokenizer.json"), what, SAVE_AGAIN))
    elif is_chat and not has_chat_template(folder):
        fix = "use a chat model, or put its template there as chat_template.jinja"
        problems.append(Problem(str(folder), "its tokenizer has no chat template", fix))
    if problems:
        raise InputError(*problems)


def _kind_problems(model: ModelFolder) -> list[Problem]:
    """Return what is wrong with the kind of a model that has a config.json."""
    kind, known = model.settings().get("model_type"), known_kinds()
    if not known or (isinstance(kind, str) and kind in known):
        return []
    where = str(model.folder / "config.json")
    what = f'"model_type" is {one_line(json.dumps(kind))}, which transformers does not know'
    return [Problem(where, what, "use another model; code that came with one is never run")]


def _is_tokenizer(folder: Path) -> bool:
    return isinstance(read_json_object(folder / "tokenizer.json", SAVE_AGAIN).get("model"), dict)
