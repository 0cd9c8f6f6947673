"""In which order are pairs learned from, where those of like length are put into one step?"""

from collections.abc import Iterator, Sequence

import torch
from datasets import Dataset
from torch.utils.data import Sampler

MOST_STEPS = 50
"""Among the pairs of so many steps like lengths are looked for, as transformers does."""
LEAST_PARTS = 4
"""Few pairs are cut into so many parts all the same, so that a step's pairs are still drawn."""


class GroupedByLength(Sampler[int]):
    """Draws each step from pairs of like length, so that few places are filled with padding.

    The pairs are shuffled, sorted within parts, cut into steps, and the steps are shuffled, so that
    no length comes first but the longest step, which shows at once whether memory is enough. All
    of it follows from the seed and the epoch, so that a resumed training has the same order.
    """

    def __init__(self, lengths: Sequence[int], step: int, seed: int) -> None:
        super().__init__()
        self._lengths = lengths
        self._step = step
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Draw anew for an epoch; the trainer calls this when one begins."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        """Yield the places of the pairs; a last step that is not full comes last."""
        drawing = torch.Generator().manual_seed(self._seed + self._epoch)
        order = torch.randperm(len(self), generator=drawing).tolist()
        whole = len(order) // self._step * self._step
        steps = self._steps(order[:whole])
        mixed = torch.randperm(len(steps), generator=drawing).tolist()
        longest = max(mixed, key=lambda n: self._longest(steps[n]), default=None)
        for n in sorted(mixed, key=lambda n: n != longest):  # a stable sort: the others stay mixed
            yield from steps[n]
        yield from order[whole:]

    def _steps(self, order: list[int]) -> list[list[int]]:
        many = min(len(order) // (self._step * LEAST_PARTS), MOST_STEPS) or 1
        size = many * self._step
        found = []
        for start in range(0, len(order), size):
            part = sorted(order[start : start + size], key=self._lengths.__getitem__)
            found += [part[at : at + self._step] for at in range(0, len(part), self._step)]
        return found

    def _longest(self, step: list[int]) -> int:
        return max(self._lengths[place] for place in step)


def lengths_of(rows: Dataset, columns: Sequence[str], limit: int | None) -> list[int]:
    """Return how many tokens each row's longest answer has with its prompt, cut at a limit.

    The first of the columns holds the prompt, the others an answer each.
    """
    prompt, *answers = (rows[name] for name in columns if name in rows.column_names)
    longest = (max(map(len, row)) for row in zip(*answers, strict=True))
    whole = [len(asked) + answer for asked, answer in zip(prompt, longest, strict=True)]
    return whole if limit is None else [min(length, limit) for length in whole]


def longest_first(lengths: Sequence[int]) -> list[int]:
    """Return the places of the lengths from the longest to the shortest, equal ones as they are."""
    return sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
