"""How do trained weights leave a run, as a folder that others load?"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import InputError, Problem
from audit.files.lines import read_json_object, write_atomically, write_json
from audit.files.whole_folder import put_in_place
from audit.jobs.child import run_child
from audit.jobs.stages import arm_names
from audit.run.arm import AFTER, AdapterWeights, FullWeights
from audit.run.directory import RunDirectory
from audit.run.messages import Tell
from audit.run.model_folder import ADAPTER_FILES, SAVE_AGAIN, ModelFolder
from audit.run.seals import refuse_changed_files, refuse_stale_comparison
from probes.adapters.adapter import adapter_digest

if TYPE_CHECKING:
    from reports.page.facts import Facts

CARD = "README.md"


@dataclass(frozen=True)
class Exported:
    """A folder that was written, and the sha256 of what is in it or was audited, by what it is."""

    folder: Path
    digests: dict[str, str]


def export(facts: "Facts", name: str, tell: Tell, *, merge: bool, forced: bool) -> Exported:
    """Write `after` with tokenizer and card: its adapter, or with `merge` its whole weights.

    `facts` are those of an audited run.

    Raises:
        InputError: the run has no weights here.
    """
    from reports.page.repository_card import repository_card

    run = facts.run
    source = facts.manifest.arms[AFTER].source
    if not isinstance(source, AdapterWeights | FullWeights):
        what = f"its arm {AFTER} is {source.kind}, and has no trained weights here"
        raise InputError(Problem(str(run.root), what, "export a run that trained or asked weights"))
    whole = merge or isinstance(source, FullWeights)
    if isinstance(source, AdapterWeights) and not merge:
        _copy_adapter(run, source)
    else:
        tell("merging the adapter into the base's weights" if merge else "copying the weights")
        run_child("probes.exporting", run.root, run.log("export"), tell)
    folder = run.merged_model if whole else run.exported_adapter
    digests = _digests(facts, folder, whole=whole)
    card = repository_card(facts, name, digests, merged=merge, forced=forced)
    write_atomically(folder / CARD, card)
    return Exported(folder, digests)


def audited(run: RunDirectory) -> "Facts":
    """Return what the run's own comparison found, whose files are still what was compared.

    Raises:
        InputError: there is no comparison, or files changed since.
    """
    from reports.page.facts import read_facts

    refuse_changed_files(run)
    refuse_stale_comparison(run, arm_names(run))
    return read_facts(run)


def _copy_adapter(run: RunDirectory, source: AdapterWeights) -> None:
    """Copy the adapter beside the base's tokenizer; of the base only its name is told."""
    folder, base = run.folder_of(source.folder), source.model
    if adapter_digest(folder) != source.sha256:
        what = "holds another adapter than the one that was asked"
        raise InputError(Problem(str(folder), what, "restore it, or start a new run"))
    settings = read_json_object(folder / ADAPTER_FILES[0], SAVE_AGAIN)
    named = base.source if base.revision else Path(base.source).name
    written = {**settings, "base_model_name_or_path": named, "revision": base.revision}

    def save(place: Path) -> None:
        place.mkdir(parents=True)
        for file in ModelFolder.of(base).telling_files():
            if "token" in file.name or file.suffix != ".json":
                shutil.copyfile(file, place / file.name)
        shutil.copyfile(folder / ADAPTER_FILES[1], place / ADAPTER_FILES[1])
        write_json(place / ADAPTER_FILES[0], written)

    put_in_place(run.exported_adapter, save)


def _digests(facts: "Facts", folder: Path, *, whole: bool) -> dict[str, str]:
    source = facts.manifest.arms[AFTER].source
    found: dict[str, str] = {}
    if isinstance(source, AdapterWeights):
        found = {"weights of the base": source.model.weights_sha256}
        found |= {"adapter": source.sha256} if source.sha256 else {}
    elif isinstance(source, FullWeights):
        found = {"weights that were asked": source.model.weights_sha256}
    if whole:
        found["weights in this folder"] = ModelFolder(folder, str(folder), None).digest()
    return found
