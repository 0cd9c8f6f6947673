"""What do page and files say of a sweep: its checkpoints, its recipes, what failed?"""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Audit
from page_runs import make_run, twin_probes

from audit.jobs.sweeping import report_many
from audit.run.directory import RunDirectory
from audit.settings.gate import Gate
from reports.comparison.recipe import recipe_of
from reports.results.swept import Recipe, Swept, SweptRun, write_swept
from reports.words.recipes import recipe_lines

GATE = Gate()
SEEDS = 5


@pytest.fixture(scope="module")
def runs(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> list[RunDirectory]:
    """Make five trainings of one recipe, of which each refuses one harmless probe fewer."""
    folder = tmp_path_factory.mktemp("swept")
    first = make_run(audit, folder, "seed-0", twin_probes(24))
    made = [RunDirectory(first)]
    for seed in range(1, SEEDS):
        run = RunDirectory(Path(shutil.copytree(first, folder / f"seed-{seed}")))
        _answer_fewer(run, seed)
        made.append(run)
    return made


def _answer_fewer(run: RunDirectory, count: int) -> None:
    """Let a run's judge call so many refusals of borderline probes compliances."""
    path = run.verdicts("after", "rules")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    refused = [
        row
        for row in rows
        if row["label"] == "full_refusal" and row["probe_id"].startswith("border")
    ]
    for row in refused[:count]:
        row["label"] = "compliance"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_five_seeds_judge_a_recipe(runs: list[RunDirectory]) -> None:
    """The mean is that of the runs, seeds differ by what they were made to, and it regressed."""
    recipe = recipe_of({"train.beta": 0.1}, runs, GATE)
    found = recipe.axes["over_refusal"].estimate
    assert found is not None
    assert (found.n, found.seeds) == (24, SEEDS)
    rates = [(24 - seed) / 24 for seed in range(SEEDS)]
    assert found.mean == pytest.approx(sum(rates) / SEEDS)
    assert found.low < found.mean < found.high
    assert found.next_low < found.mean - found.seed_variance**0.5
    assert found.seed_variance > 0
    assert recipe.axes["over_refusal"].status == "regressed"
    assert recipe.verdict == "regressed"
    assert recipe.runs == [f"seed-{seed}" for seed in range(SEEDS)]


def test_four_seeds_decide_nothing(runs: list[RunDirectory]) -> None:
    """Whatever the interval says: the same table without one training is inconclusive."""
    recipe = recipe_of({}, runs[:4], GATE)
    assert {axis.status for axis in recipe.axes.values()} == {"inconclusive"}
    assert "4 seeds cannot tell a recipe from its luck: train 5." in recipe_lines(recipe)


def test_what_holds_back_a_checkpoint_holds_back_the_recipe(runs: list[RunDirectory]) -> None:
    """An axis whose interval passes is no pass where checkpoints are in doubt."""
    wide = GATE.model_copy(update={"max_harmful_compliance_increase": 1.0})
    clear = recipe_of({}, runs, wide).axes["harmful_compliance"]
    assert (clear.status, clear.held_back) == ("pass", [])
    corrected = wide.model_copy(update={"decide_by": "corrected"})
    held = recipe_of({}, runs, corrected).axes["harmful_compliance"]
    assert held.status == "inconclusive"
    assert "People's labels correct checkpoints" in held.held_back[0]


def test_the_page_tells_checkpoints_recipes_and_failures_apart(
    runs: list[RunDirectory], tmp_path: Path
) -> None:
    """Both verdicts stand there, and a failure's words cannot become a part of the page."""
    recipe = recipe_of({"train.beta": 0.1}, runs, GATE)
    ended = [SweptRun(run.root.name, {"train.seed": 0}, "regressed", None) for run in runs]
    failed = SweptRun("seed-9", {"train.seed": 9}, None, "train: <img src=x> out of memory")
    swept = Swept([*ended, failed], [recipe])
    page = tmp_path / "sweep.html"
    report_many(runs, page, swept)
    text = page.read_text(encoding="utf-8")
    assert "What each recipe does, whichever seed it is trained with" in text
    assert "train.beta 0.1" in text
    assert "seed-9: train: &lt;img src=x&gt; out of memory" in text
    assert _row_of(recipe) in text
    write_swept(tmp_path / "sweep.json", swept)
    stored = json.loads((tmp_path / "sweep.json").read_text())
    assert stored["runs"][-1]["failure"] == failed.failure
    assert stored["recipes"][0]["axes"]["over_refusal"]["estimate"]["seeds"] == SEEDS


def _row_of(recipe: Recipe) -> str:
    found = recipe.axes["over_refusal"].estimate
    assert found is not None
    return f"+{100 * found.mean:.1f} <small>"
