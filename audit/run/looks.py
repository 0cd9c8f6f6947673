"""What was seen after each batch of probes, where asking may stop once every axis is decided?"""

from typing import Annotated

from pydantic import Field

from audit.axis import AxisName
from audit.records import Status
from audit.run.arm import Counted, Record


class LookedAt(Record):
    """One axis at one look; the interval holds at every look."""

    n: Counted
    """Probes that are scored in both arms."""
    low: float
    """The lower end of the interval of after minus before."""
    high: float
    """The upper end."""
    status: Status
    """What the gate says of it, every guard heard."""


class Look(Record):
    """One look between two batches."""

    asked: Annotated[int, Field(ge=1)]
    """So many probes both arms had answered, from the beginning of the order."""
    axes: dict[AxisName, LookedAt]
    """By axis."""
    enough: bool
    """Whether every axis had passed or regressed, so that asking stopped."""
