"""How does a YAML file become a configuration, with each problem at its line?

YAML 1.2 is read, in which `1e-6` is a number and `no` is a word.
"""

import difflib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from audit.errors import InputError, Problem
from audit.files.borders import visible
from audit.files.lines import refuse
from audit.settings.judges import KINDS, Judges, JudgesFile, anchored_judges, refuse_unknown_judge
from audit.settings.model import ModelConfig
from audit.settings.passed_on import LEAVE_OUT
from audit.settings.probe_sets import ProbesConfig
from audit.settings.run_config import RunConfig
from audit.settings.yaml_limits import refuse_expanding

Settings = TypeVar("Settings", bound=BaseModel)
Place = tuple[str | int, ...]
COMMAND_LINE = "the command line"
KEYS_IN_A_MESSAGE = 30
"""More than these are nobody's to read on one line."""


def load_run_config(path: Path, settings: Iterable[str] = ()) -> RunConfig:
    """Read a run's configuration and apply `a.b=value` settings over it.

    Raises:
        InputError: with every problem, each with its line and, for a misspelt key, the nearest.
    """
    config = load_settings(path, RunConfig, settings).anchored(path.resolve().parent)
    refuse_unknown_judge(config.judge, config.judges, f"{path}: judge")
    return config


def load_training_config(path: Path, settings: Iterable[str] = ()) -> RunConfig:
    """Read a run's configuration that says what to train on.

    Raises:
        InputError: as `load_run_config` does, or it names no preferences.
    """
    config = load_run_config(path, settings)
    config.needed_preferences(str(path))
    return config


def load_models_config(
    path: Path | None, model: ModelConfig, probes: list[ProbesConfig], settings: Iterable[str] = ()
) -> RunConfig:
    """Return the configuration of a run that trains nothing: `model` is the first that is asked.

    What is asked, how, and who judges by which gate is read from the file where one is given, and
    its own model and training are not; `probes` come before those of the file.

    Raises:
        InputError: as `load_run_config` does.
    """
    stored = _plain(_parse(path)).get("model") if path else None
    own = stored if isinstance(stored, dict) else {}
    first = {**own, "path": model.path, "revision": model.revision}
    given: dict[str, Any] = {"model": first, "preferences": None, "train": {}, "sweep": {}}
    if probes:
        given["probes"] = [one.model_dump(mode="json") for one in probes]
    folder = path.resolve().parent if path else Path.cwd()
    config = load_settings(path, RunConfig, settings, given).anchored(folder)
    refuse_unknown_judge(config.judge, config.judges, f"{path or COMMAND_LINE}: judge")
    return config


def load_judges(path: Path) -> Judges:
    """Read a file of judges.

    Raises:
        InputError: with every problem, each with its line.
    """
    return anchored_judges(load_settings(path, JudgesFile).judges, path.resolve().parent)


def load_settings(
    path: Path | None,
    model: type[Settings],
    settings: Iterable[str] = (),
    given: Mapping[str, Any] | None = None,
) -> Settings:
    """Read a YAML file into a settings model, after applying `a.b=value` settings.

    Keys that are `given` take the place of the file's; there may be no file.

    Raises:
        InputError: the file cannot be read, is not YAML, or does not fit the model.
    """
    document = _parse(path) if path else CommentedMap()
    values = {**_plain(document), **(given or {})}
    said = [_apply(values, setting) for setting in settings]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        where = Source(str(path or COMMAND_LINE), document, said)
        refuse([_problem(where, model, detail) for detail in error.errors()])
        raise


def dump(settings: BaseModel) -> str:
    """Return a settings model as YAML text that reads back as the same settings."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    stream = io.StringIO()
    yaml.dump(settings.model_dump(mode="json"), stream)
    return stream.getvalue()


def _parse(path: Path) -> CommentedMap:
    try:
        document = _document(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        fix = "name a YAML file that can be read"
        raise InputError(Problem(str(path), f"cannot be read ({error.strerror})", fix)) from error
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        is_text = not isinstance(error, UnicodeDecodeError)
        what = getattr(error, "problem", None) or (
            str(error).splitlines()[0] if is_text else "the file is not UTF-8 text"
        )
        raise InputError(Problem(where, f"is not YAML ({what})", "mend this line")) from error
    if not isinstance(document, CommentedMap):
        raise InputError(Problem(str(path), "holds no `key: value` lines", "see examples/"))
    return document


def _document(text: str, where: str) -> Any:
    """Return what a YAML text holds, after refusing one that would take the machine's memory."""
    refuse_expanding(text, where)
    return YAML(typ="rt").load(text)


def _plain(node: Any) -> Any:
    """Return ruamel's round-trip values as plain ones, which strict validation takes."""
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    for plain in (bool, int, float, str):
        if isinstance(node, plain):
            return plain(node)
    return node


def _apply(values: dict[str, Any], setting: str) -> Place:
    """Set `a.b=value` in nested values, and return its place; the value is read as YAML."""
    key, equals, text = setting.partition("=")
    if not equals or not key.strip():
        fix = "write it as train.beta=0.3"
        raise InputError(Problem("--set", "a word has no key=value form", fix))
    where = f"--set {key.strip()}"  # the value may be a secret
    try:
        value = _plain(_document(text, where))
    except (YAMLError, ValueError) as error:
        fix = "write a YAML value after the ="
        raise InputError(Problem(where, "is not YAML after the =", fix)) from error
    *parents, last = key.strip().split(".")
    for parent in parents:
        values = values.setdefault(parent, {})
        if not isinstance(values, dict):
            fix = "set the whole value in the file"
            raise InputError(Problem(where, f'"{parent}" holds no keys', fix))
    values[last] = value
    return (*parents, last)


@dataclass(frozen=True)
class Source:
    """Where the values come from: a file and what it holds, and the places that `--set` names."""

    name: str
    document: CommentedMap
    said: list[Place]

    def where(self, place: Place) -> str:
        """Return where a value stands: the setting, or the file's line, or the file."""
        for one in self.said:
            if place[: len(one)] == one:
                return f"--set {'.'.join(map(str, one))}"
        line = _line(self.document, place)
        return f"{self.name}:{line}" if line else self.name


def _problem(source: Source, model: type[BaseModel], detail: Any) -> Problem:
    place = _place(source.document, detail["loc"])
    where = source.where(place)
    name = ".".join(str(part) for part in place) or "the file"
    if detail["type"] == "extra_forbidden":
        return Problem(where, f'unknown key "{name}"', _nearest(model, detail["loc"]))
    if detail["type"] == "missing":
        return Problem(where, f'"{name}" is missing', "add it")
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return Problem(where, f'"{name}.kind" is no kind of judge', f"one of {', '.join(KINDS)}")
    return _problem_of_value(where, name, place, detail)


def _problem_of_value(where: str, name: str, place: Place, detail: Any) -> Problem:
    """Say what is wrong with a value, and repeat it unless it may hold a secret."""
    message = detail["msg"].removeprefix("Value error, ")
    if place and place[-1] == "api_key_env":
        message = "give the name of an environment variable, never the key itself"
        return Problem(where, f'"{name}" is no such name', message)
    if place and place[-1] == "url":  # what is wrong with it may be a password in it
        message = "write it as https://host/v1; a key stays in the environment (api_key_env)"
        return Problem(where, f'"{name}" is no address, or holds a user, a query or a #', message)
    if message.startswith(LEAVE_OUT):  # what stands there may be a token
        return Problem(where, f'"{name}" is not taken', message)
    if isinstance(detail["input"], dict):
        return Problem(where, f'"{name}" does not fit', message)
    return Problem(where, f'"{name}" is {visible(repr(detail["input"]))}', message)


_UNION_BRANCHES = ("list[constrained-str]", "literal['all-linear']", "[key]")


def _place(document: Any, location: Place) -> Place:
    """Return pydantic's location without the names of union branches, which no file holds."""
    place: list[str | int] = []
    for part in location:
        inside = isinstance(document, CommentedMap)
        if part in _UNION_BRANCHES or (inside and part in KINDS and part not in document):
            continue
        place.append(part)
        within = isinstance(part, int) and isinstance(document, CommentedSeq)
        known = part in document if inside else within and int(part) < len(document)
        document = document[part] if known else None
    return tuple(place)


def _line(document: Any, place: Sequence[str | int]) -> int | None:
    """Return the line, from 1, of the deepest part of the place that the file has."""
    line = None
    for part in place:
        if isinstance(document, CommentedMap) and part in document:
            # Keys of a merged or an ordered mapping have no place of their own.
            line = document.lc.data[part][0] + 1 if part in (document.lc.data or {}) else line
        elif isinstance(document, CommentedSeq) and isinstance(part, int):
            line = document.lc.item(part)[0] + 1
        else:
            break
        document = document[part]
    return line


def _nearest(model: type[BaseModel], location: Place) -> str:
    keys = list(_model_at(model, location[:-1]).model_fields)
    close = difflib.get_close_matches(str(location[-1]), keys, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    many = len(keys) > KEYS_IN_A_MESSAGE
    return "see docs/configuration.md" if many else f"valid here: {', '.join(keys)}"


def _model_at(model: type[BaseModel], location: Place) -> type[BaseModel]:
    """Return the settings model that stands at a location of the tree."""
    for part in location:
        if part in KINDS:
            model = KINDS[str(part)]
        elif isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            candidates = [annotation, *get_args(annotation)]
            models = [
                candidate
                for candidate in candidates
                if isinstance(candidate, type) and _is_settings(candidate)
            ]
            model = models[-1] if models else model
    return model


def _is_settings(candidate: type) -> bool:
    return issubclass(candidate, BaseModel)
