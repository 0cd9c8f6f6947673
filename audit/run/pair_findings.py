"""What does preference data teach? The findings on it, one frozen record for each noun."""

from dataclasses import dataclass
from typing import Literal

from audit.axis import AxisName
from audit.errors import Problem
from audit.run.manifest import PairShape
from audit.run.training_files import Contamination

Wish = Literal["harmful", "harmless"]
Look = Literal["harmful", "harmless", "not told"]
LOOKS: tuple[Look, ...] = ("harmful", "harmless", "not told")
Unit = Literal["pairs", "thumbs"]
Direction = Literal["rises", "falls", "not told"]
NOT_KNOWN = "not known"
NEARLY = 0.8
"""Two texts are nearly the same from this share of all their words on."""
CHARACTERS_A_TOKEN = 4
"""A common rule of thumb for English text."""
SHOWN = 5
"""So many examples and places are shown."""


@dataclass(frozen=True)
class Example:
    """One pair, to be looked at."""

    where: str
    """The place of its row."""
    prompt: str
    """The last user turn."""
    chosen: str
    """The better answer."""
    rejected: str
    """The worse answer."""


@dataclass(frozen=True)
class Teaching:
    """What the pairs on prompts of one look teach about refusing; counts are pairs."""

    look: Look
    """How the prompts look: harmful, harmless, or not told."""
    pairs: int
    """All of them."""
    judged: int
    """Those of which both answers could be judged."""
    chosen_refuses: int
    """The chosen answer refuses, in full or in part."""
    rejected_refuses: int
    """The rejected answer refuses, in full or in part."""
    teaches_refusing: int
    """The chosen answer refuses and the rejected one does not."""
    teaches_answering: int
    """The rejected answer refuses and the chosen one does not."""
    refusing: list[Example]
    """The first pairs that teach refusing."""
    answering: list[Example]
    """The first pairs that teach answering."""


@dataclass(frozen=True)
class Prediction:
    """Which way one axis is expected to move, and why."""

    axis: AxisName
    """The axis."""
    direction: Direction
    """`not told` where the pairs do not say."""
    because: str
    """The reason, in one sentence."""


@dataclass(frozen=True)
class Outlook:
    """What the judge reads out of the pairs, and what training on them should do."""

    pairs: int
    """How many pairs were judged."""
    of: int
    """Out of how many; a large set is judged by a sample."""
    looks_said_by_rows: int
    """How many prompts were told harmful or harmless by their own rows, and not by their words."""
    unread: int
    """Pairs that the judge could not read, as those in other languages than its own."""
    opposite: int
    """Pairs that choose a refusal over an answer where another pair on the same prompt chooses an
    answer over a refusal, and the reverse."""
    teaching: list[Teaching]
    """What they teach, by how their prompts look."""
    predictions: list[Prediction]
    """What that does to each axis."""


@dataclass(frozen=True)
class Duplicates:
    """Which pairs say a thing twice, or its opposite; counts are pairs."""

    swapped: int
    """Pairs whose chosen answer another pair rejects on the same prompt, and the reverse."""
    same_pairs: int
    """Pairs that an earlier pair repeats word for word."""
    near_prompts: int
    """Pairs whose prompt shares four fifths of all words with an earlier, other prompt."""
    compared_prompts: int
    """How many different prompts were held against each other for that."""
    nearly_same_sides: int
    """Pairs whose two answers share four fifths of all their words."""
    swapped_places: list[str]
    """The places of the first swapped pairs."""
    near_places: list[str]
    """The places of the first near prompts, each with the earlier one's."""


@dataclass(frozen=True)
class Lengths:
    """How long the pairs are against `max_length`, and how their answers end; counts are pairs."""

    unit: Literal["characters", "tokens"]
    """`tokens` where a model's tokenizer counted, else `characters`, four of which are taken for a
    token."""
    max_length: int
    """In tokens: what training keeps of prompt and answer together."""
    median: float
    """The middle length of prompt and longer answer together, in the unit."""
    longest: int
    """The longest."""
    cut: int
    """Pairs that lose the end of an answer to `max_length`."""
    full_prompts: int
    """Pairs whose prompt alone fills `max_length`, so that nothing is learned from them."""
    chosen_gap: float
    """By how much the chosen answer is longer in the median, in characters; negative where shorter.
    """
    chosen_unended: int
    """Chosen answers that end in the middle of a sentence."""
    rejected_unended: int
    """Rejected answers that end in the middle of a sentence."""


@dataclass(frozen=True)
class Spoken:
    """How many prompts are in one language."""

    language: str
    """Its ISO 639-1 code, or `not told`."""
    pairs: int
    """How many pairs."""


@dataclass(frozen=True)
class Provenance:
    """Who wrote, graded and licensed a source, as far as it is known."""

    source: str
    """The source's name."""
    licence: str
    """The licence of the data."""
    written_by: str
    """Who or what wrote the answers."""
    graded_by: str
    """Who or what chose among them."""
    stated_in: str | None
    """Where that is stated; null where nothing is known."""


@dataclass(frozen=True)
class PairFindings:
    """All that was found in preference data."""

    title: str
    """What the data is called."""
    unit: Unit
    """`pairs`, or `thumbs` where answers were rated one by one; all counts are of these."""
    pairs: int
    """Those that can be learned from."""
    unusable: list[Problem]
    """Each row that cannot, with its place and the reason."""
    sha256: str
    """The sha256 of the pairs."""
    shape: PairShape
    """Turns and lengths."""
    contamination: Contamination
    """Which probes stand in the data."""
    outlook: Outlook
    """What it teaches."""
    duplicates: Duplicates
    """What it says twice, or contradicts."""
    lengths: Lengths
    """How long the pairs are."""
    languages: list[Spoken]
    """Which languages the prompts are in, the most frequent first."""
    provenance: list[Provenance]
    """Who made it, by source."""
