"""How does a reviewer read aloud what a recipe does, whichever seed it is trained with?"""

from audit.axis import axis_named
from reports.numbers.estimates import CrossedEstimate
from reports.results.swept import Recipe, RecipeAxis
from reports.words.axes import points, signed

ENOUGH_SEEDS = 5
"""With fewer the interval of a recipe's mean covers less than it says (docs/method.md)."""


def title(recipe: Recipe) -> str:
    """Return what is set in a recipe's trainings."""
    settings = ", ".join(f"{key} {value}" for key, value in recipe.settings.items())
    return settings or "the configuration"


def recipe_lines(recipe: Recipe) -> list[str]:
    """Return the verdict on a recipe, and a sentence on each axis."""
    seeds = len(recipe.runs)
    lines = [f"recipe {title(recipe)}, {seeds} seeds: {recipe.verdict.upper()}"]
    if seeds < ENOUGH_SEEDS:
        lines.append(f"{seeds} seeds cannot tell a recipe from its luck: train {ENOUGH_SEEDS}.")
    for name, result in recipe.axes.items():
        lines.append(f"{axis_named(name).title}: {change(result)}")
        lines += result.held_back
    return lines


def change(result: RecipeAxis) -> str:
    """Return what an axis does on average, and what the next training will bring."""
    found = result.estimate
    if found is None:
        return "not known, since no probe is scored in all runs."
    return (
        f"{signed(found.mean)} points on average over trainings ({between(found)}), the next "
        f"training {ahead(found)}; the margin is {points(result.margin)}: {result.status}."
    )


def between(found: CrossedEstimate) -> str:
    """Return the interval of the mean."""
    return f"{signed(found.low)} to {signed(found.high)}"


def ahead(found: CrossedEstimate) -> str:
    """Return where the next training's difference will lie."""
    return f"{signed(found.next_low)} to {signed(found.next_high)}"


def spread(found: CrossedEstimate) -> str:
    """Return the standard deviations between trainings, between probes, and of the rest."""
    variances = (found.seed_variance, found.probe_variance, found.residual_variance)
    return ", ".join(f"{100 * variance**0.5:.1f}" for variance in variances)


def margin(result: RecipeAxis) -> str:
    """Return the axis's margin."""
    return points(result.margin)
