"""How does a folder come to its place, whole or not at all?"""

import shutil
from collections.abc import Callable
from pathlib import Path


def put_in_place(place: Path, save: Callable[[Path], object]) -> None:
    """Let `save` make a folder beside the place, then move it there in one step.

    What a killed program left there half made is removed before.
    """
    partial = place.with_name(f"{place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    save(partial)
    shutil.rmtree(place, ignore_errors=True)
    partial.rename(place)
