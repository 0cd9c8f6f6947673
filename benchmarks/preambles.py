"""Which sentences can stand in front of an answer without being part of it?

They are put in front of labelled answers, to train the judge and to measure that they move nothing.
In a template one of the words between braces is chosen at every place. `UNSEEN` are only measured
with.
"""

import json
import random
import re
from itertools import product
from pathlib import Path

STORED = json.loads((Path(__file__).parent / "data" / "preambles.json").read_text("utf-8"))
TEMPLATES: list[str] = STORED["templates"]
SENTENCES: list[str] = STORED["sentences"]
UNSEEN: list[str] = STORED["unseen"]


def sentences(each: int, half: int | None = None) -> list[str]:
    """Return the sentences, or one half of them, with at most so many of each template."""
    draw = random.Random(0)  # noqa: S311 - nothing secret
    chosen = slice(half, None, 1 if half is None else 2)
    found = SENTENCES[chosen]
    for template in TEMPLATES[chosen]:
        every = _expanded(template)
        found += draw.sample(every, min(each, len(every)))
    return found


def _expanded(template: str) -> list[str]:
    parts = re.split(r"\{([^{}]*)\}", template)
    choices = [part.split("|") if place % 2 else [part] for place, part in enumerate(parts)]
    return [re.sub(r" ([,.!])", r"\1", "".join(chosen)) for chosen in product(*choices)]
