"""Can every word of every picture be read: none over another, none too small, none cut off?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser

from audit.axis import AXES, HARMFUL_COMPLIANCE, OVER_REFUSAL
from audit.settings.gate import Gate
from reports.comparison.movement import KINDS, Moved
from reports.numbers.estimates import Difference
from reports.page.charts import DESK, PHONE, Picture, Screen, as_svg
from reports.page.charts_changes import categories_chart, movement_chart
from reports.page.charts_time import nights_chart, training_chart
from reports.page.charts_tradeoff import intervals_chart, runs_chart, tradeoff_chart
from reports.results.arms import ArmRate, ArmRates, Place, Region
from reports.results.findings import AxisResult, CategoryResult, Change, Side

PHONE_WIDTH = 360
LONG = "advice on money that somebody asks for on behalf of an elderly relative"
LOOK = """(phone) => {
  const over = [], small = [], cut = [];
  for (const svg of document.querySelectorAll("svg")) {
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const boxes = texts.map((text) => text.getBoundingClientRect());
    const edge = svg.getBoundingClientRect();
    texts.forEach((text, n) => {
      const said = text.textContent;
      const { a, b } = text.getScreenCTM();
      const size = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
      if (phone && size < 11) small.push(said + " " + size);
      const box = boxes[n];
      if (said.includes("\u2026") || box.left < edge.left - 1 || box.right > edge.right + 1)
        cut.push(said);
      for (const other of boxes.slice(0, n)) {
        const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        if (wide > 1 && high > 2) over.push(said);
      }
    });
  }
  return { over, small, cut };
}"""


def _arms(names: list[str]) -> list[ArmRates]:
    """Return arms that lie close together, as checkpoints of one training do."""
    draw = Random(1)  # noqa: S311 - no secret
    made = []
    for place, name in enumerate(names):
        rates = (0.06, 0.72) if not place else (0.3 + draw.random() / 9, 0.2 + draw.random() / 9)
        ends = [ArmRate(rate, max(0.0, rate - 0.1), rate + 0.1, 60, 0) for rate in rates]
        axes = {OVER_REFUSAL.name: ends[0], HARMFUL_COMPLIANCE.name: ends[1]}
        made.append(ArmRates(name, None, axes, None))
    return made


def _front(arms: list[ArmRates]) -> dict[str, Place]:
    return {
        arm.arm: Place(
            on_front=False,
            share=0.0,
            region=Region(
                arm.axes[OVER_REFUSAL.name].rate,
                arm.axes[HARMFUL_COMPLIANCE.name].rate,
                0.002,
                0.003,
                -0.001,
                0.95,
            ),
        )
        for arm in arms
    }


def _axes() -> dict[Any, AxisResult]:
    side = Side(0.3, 0.2, 0.4, 60, 0, 0.0, 0.0)
    ends = ((-0.317, -0.46, -0.159), (0.193, 0.125, 0.276), (0.017, -0.073, 0.112))
    return {
        axis.name: AxisResult(
            before=side,
            after=side,
            difference=Change(*change, 0.1, "made up"),
            margin=axis.default_margin,
            status="pass",
            by_interval="pass",
            exceeds_margin=False,
            guards=[],
            kinds={},
            sensitivity=None,
            corrected=None,
            averaged=None,
            tipping_point=None,
        )
        for axis, change in zip(AXES, ends, strict=True)
    }


def _categories() -> dict[Any, dict[str, CategoryResult]]:
    change = Difference(0.2, -0.3, 0.6, 0.2, "made up")
    row = CategoryResult(7, 0.1, 0.3, change, 1.0, -1.0, None, None, None)
    names = ["law", "intellectual_property", LONG, "a_name_that_has_no_space_in_it_but_is_long"]
    return {axis.name: dict.fromkeys(names, row) for axis in AXES}


def _pictures(screen: Screen) -> Iterator[Picture | None]:
    """Yield all that a page of one run draws, with five checkpoints on the way."""
    arms = _arms(["before", *(f"step-{100 * n:04d}" for n in range(1, 6)), "after"])
    yield tradeoff_chart(arms, Gate(), _front(arms), screen=screen)
    yield intervals_chart(_axes(), screen)
    yield categories_chart(_categories(), screen)
    draw = Random(0)  # noqa: S311 - no secret
    yield movement_chart(
        [Moved(kind, draw.gauss(1, 1)) for kind in KINDS for _ in range(60)], screen
    )
    names = ["loss", "eval_loss", "rewards/margins", "rewards/chosen", "rewards/rejected"]
    names += ["logps/chosen", "logps/rejected", "learning_rate", "grad_norm", "rewards/accuracies"]
    rows = [{"step": n, **dict.fromkeys(names, -120 + n / 7)} for n in range(1, 200, 20)]
    yield training_chart(rows, screen)


def _pictures_of_many() -> Iterator[Picture | None]:
    """Yield what the pages of a sweep of ten runs and of forty nights draw."""
    names = [f"beta-0.{n // 2}-seed-{n}" for n in range(10)]
    arms = _arms(["before", *names])
    values = {name: name[:8] for name in names}
    yield runs_chart(arms, "train.beta", values, {})
    yield tradeoff_chart(arms, Gate(), _front(arms), connected=False)
    nights = [
        {
            "when": (datetime(2026, 2, 1, 3, tzinfo=UTC) + timedelta(days=n)).isoformat(),
            "worsening": n / 1000,
            "low": -0.02,
            "high": 0.06,
            "verdict": "pass",
            "link": "",
        }
        for n in range(40)
    ]
    yield nights_chart(nights, 0.05)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_no_word_lies_over_another_or_is_cut(browser: Browser, screen: Screen) -> None:
    """At both widths, and on a phone every word is at least 11 pixels high."""
    pictures = [*_pictures(screen), *(_pictures_of_many() if screen is DESK else ())]
    drawn = [as_svg(picture) for picture in pictures if picture is not None]
    assert len(drawn) == len(pictures)
    style = "<style>svg { display: block; max-width: 100%; height: auto; margin: 8px }</style>"
    width = 1280 if screen is DESK else PHONE_WIDTH + 16
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_content(style + "".join(drawn))
    found = page.evaluate(LOOK, screen is PHONE)
    page.close()
    assert found == {"over": [], "small": [], "cut": []}
