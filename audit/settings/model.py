"""How is a model named in a configuration?"""

from pathlib import Path
from typing import Literal

from audit.files.data_row import Text
from audit.settings.section import PathText, Section


class ModelConfig(Section):
    """A model with safetensors weights."""

    path: PathText
    """A folder, or a hub id."""
    revision: Text | None = None
    """The hub's branch, tag or commit."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """The precision that it computes in; `auto` is bfloat16 on a GPU, else float32."""

    def anchored(self, folder: Path) -> "ModelConfig":
        """Return the same with a relative path that is meant as one made absolute.

        `models/mine` is meant as one where the folder models is there, so that a misspelt name is
        not looked for on the hub.
        """
        parts = Path(self.path).parts
        relative = not self.path.startswith((".", "/", "~"))
        meant = relative and len(parts) > 1 and (folder / parts[0]).is_dir()
        path = f"./{self.path}" if meant else self.path
        return self.model_copy(update={"path": anchored_path(path, folder)})


def anchored_path(path: str | None, folder: Path) -> str | None:
    """Return a path that is meant as one, from the folder on, as absolute; a hub id as it is."""
    if path is None:
        return None
    local = path.startswith((".", "/", "~")) or (folder / path).exists()
    if not local:
        return path
    try:
        return str((folder / Path(path).expanduser()).resolve())
    except RuntimeError:  # a user that is not here: refused where the path is used
        return path
