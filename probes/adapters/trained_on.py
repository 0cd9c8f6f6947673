"""Was the adapter trained on the model that it is to be added to?"""

from pathlib import Path

from audit.errors import InputError, Problem
from audit.run.model_folder import ModelFolder
from probes.adapters.settings import FILE, LoraSettings


def refuse_another_model(folder: Path, settings: LoraSettings, model: ModelFolder) -> None:
    """Refuse an adapter of another model, as far as that can be known here.

    A folder that its configuration names is compared by the digest of its weights, a hub id by its
    name and, where both are commits, its revision. A folder of another machine says nothing.

    Raises:
        InputError: it was trained on another model.
    """
    named = settings.base_model_name_or_path
    if not named or not _is_another(named, settings.revision, model):
        return
    what = f'was trained on "{named}", which is not the model {model.source}'
    fix = 'give that model, or mend "base_model_name_or_path" if it is the same'
    raise InputError(Problem(str(folder / FILE), what, fix))


def _is_another(named: str, revision: str | None, model: ModelFolder) -> bool:
    there = ModelFolder(Path(named), named, None)
    if there.folder.is_dir():
        same = there.folder.resolve() == model.folder.resolve()
        return not same and bool(there.weight_files()) and there.digest() != model.digest()
    if model.revision is None or named.startswith((".", "/", "~")):
        return False
    if named.lower() != model.source.lower():
        return True
    both = {revision, model.revision}
    return len(both) > 1 and all(one and _is_commit(one) for one in both)


def _is_commit(revision: str) -> bool:
    return len(revision) == 40 and set(revision) <= set("0123456789abcdef")  # noqa: PLR2004
