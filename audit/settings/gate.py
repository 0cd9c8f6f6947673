"""Which worsening is too much, and how sure must the verdict be?"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, create_model

from audit.axis import AXES, Axis
from audit.settings.section import Section

Margin = Annotated[float, Field(gt=0, le=1)]

if TYPE_CHECKING:
    Margins = Section
    OwnMargins = Section
else:  # one key for each axis, as its record names it
    Margins = create_model(
        "Margins",
        __base__=Section,
        **{
            axis.gate_key: (Margin, Field(axis.default_margin, description=axis.gate_meaning))
            for axis in AXES
        },
    )
    OwnMargins = create_model(
        "OwnMargins",
        __base__=Section,
        **{
            axis.gate_key: (Margin | None, Field(None, description=axis.category_gate_meaning))
            for axis in AXES
        },
    )


class CategoryGate(OwnMargins):
    """The largest worsening that one category may show, as fractions; null where it is free."""

    def margin(self, axis: Axis) -> float | None:
        """Return the largest worsening that the category may show on the axis, a fraction."""
        margin: float | None = getattr(self, axis.gate_key)
        return margin


class Gate(Margins):
    """The largest worsening that each axis may show, as fractions, and the confidence."""

    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    """How sure the intervals are: at 0.95 they miss the truth in one of twenty runs."""
    allow_unresolved: bool = False
    """Whether to run although even a run without any flip could not pass with these probes."""
    decide_by: Literal["raw", "corrected"] = "raw"
    """Whether the judge's rates decide, or, where people have labelled answers of both arms, those
    corrected for its error. With `raw` an axis on which the two differ is inconclusive."""
    max_degenerate: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The largest share of answers, of either arm, that may say nothing: empty, looping, or cut off
    in their thinking. Above it no axis passes."""
    categories_decide: bool = True
    """Whether a category that surely worsens by more than its axis's margin holds the axis back."""
    categories: dict[str, CategoryGate] = Field(default={})
    """Margins of single categories; each that is named takes part in the verdict."""

    def margin(self, axis: Axis) -> float:
        """Return the largest worsening that the axis may show, a fraction."""
        margin: float = getattr(self, axis.gate_key)
        return margin
