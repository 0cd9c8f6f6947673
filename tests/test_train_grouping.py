"""Are pairs of like length learned from together, each once, in an order that a resume repeats?"""

import random

import pytest

pytestmark = pytest.mark.model
STEP = 8


def _padded(order: list[int], lengths: list[int]) -> float:
    """Return by how much padding makes the steps larger than their tokens."""
    steps = [[lengths[n] for n in order[at : at + STEP]] for at in range(0, len(order), STEP)]
    return sum(max(step) * len(step) for step in steps) / sum(lengths)


def test_steps_are_of_like_lengths_and_no_length_comes_first() -> None:
    """Every pair once; little padding; the longest step first; the others in no order."""
    from train.grouping import GroupedByLength

    drawn = random.Random(0)  # noqa: S311 - no secret
    lengths = [int(20 + drawn.expovariate(1 / 200)) for _ in range(1003)]
    sampler = GroupedByLength(lengths, STEP, seed=0)
    order = list(sampler)
    assert sorted(order) == list(range(1003))
    assert _padded(list(range(1003)), lengths) > 2
    assert _padded(order, lengths) < 1.15
    assert max(lengths) in [lengths[n] for n in order[:STEP]]
    middle = len(order) // 2
    early, late = (sum(lengths[n] for n in part) for part in (order[:middle], order[middle:]))
    assert 0.8 < early / late < 1.25


def test_the_order_follows_from_seed_and_epoch() -> None:
    """Whatever was drawn before, since a resumed training has drawn other things."""
    import torch

    from train.grouping import GroupedByLength

    lengths = list(range(64))
    first = list(GroupedByLength(lengths, STEP, seed=3))
    torch.rand(7)
    again = GroupedByLength(lengths, STEP, seed=3)
    assert list(again) == first
    again.set_epoch(1)
    second = list(again)
    assert second != first
    assert sorted(second) == lengths
    assert sorted(GroupedByLength([5, 6, 7], STEP, seed=0)) == [0, 1, 2]


def test_lengths_are_those_of_the_longer_answer() -> None:
    """With the prompt, and cut where training cuts."""
    from datasets import Dataset

    from train.grouping import lengths_of

    rows = Dataset.from_dict(
        {"prompt_ids": [[1, 2], [1]], "chosen_ids": [[1], [1] * 9], "rejected_ids": [[1] * 3, [1]]}
    )
    columns = ("prompt_ids", "chosen_ids", "rejected_ids")
    assert lengths_of(rows, columns, None) == [5, 10]
    assert lengths_of(rows, columns, 8) == [5, 8]


def test_the_reference_reads_the_longest_first_and_equal_lengths_as_they_are() -> None:
    """Nothing is lost or doubled, so that the log-probabilities find back to their rows."""
    from train.grouping import longest_first

    assert longest_first([3, 9, 3, 12]) == [3, 1, 0, 2]
