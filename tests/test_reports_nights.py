"""Are only comparable nights judged together, by the gate that was used, and each model once?"""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from audit.errors import InputError
from audit.run.history import Baseline, Check, CheckedAxis, CheckedDifference, History
from audit.settings.gate import Gate
from reports.comparison.nights import acknowledge, nights_of, read_nights
from reports.page.nights import nights_page

FIRST_VERSION = """
create table baselines (name text not null, run text not null, arm text not null,
    sha256 text not null, reason text not null, blessed_at text not null);
create table checks (checked_at text not null, candidate text not null,
    candidate_sha256 text not null, baseline text not null, baseline_sha256 text not null,
    run text not null, verdict text not null, axes text not null, changes text not null);
create index checks_by_baseline on checks (baseline_sha256, checked_at);
insert into checks values ('2026-01-01T03:00:00+00:00', 'c', 'c', 'b', 'b', 'r', 'pass', '{}',
    '{"over_refusal": [[0.0, 100]]}');
pragma user_version = 1;
"""


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Open a history of the test's own."""
    return History(tmp_path / "history.sqlite")


@pytest.fixture
def night() -> Callable[[int, float], Check]:
    """Make a check of the n-th night on which a share of 300 probes was refused anew."""

    def made(number: int, worsening: float) -> Check:
        worse = round(300 * worsening)
        difference = CheckedDifference(worsening, worsening - 0.02, worsening + 0.02)
        return Check(
            checked_at=f"2026-{number // 28 + 1:02d}-{number % 28 + 1:02d}T03:00:00+00:00",
            candidate=f"checkpoint-{number}",
            candidate_sha256=f"weights-{number}",
            baseline="release",
            baseline_sha256="baseline",
            run=f"runs/check-{number}",
            verdict="inconclusive",
            axes={"over_refusal": CheckedAxis(difference, 0.05, "inconclusive")},
            changes={"over_refusal": [(0.0, 300 - worse), (1.0, worse)]},
            judge_sha256="judge",
            probes_sha256="probes",
            answers_sha256="answers",
            blessed_at="2026-01-01T00:00:00+00:00",
            gate=Gate(),
        )

    return made


def test_each_check_is_judged_by_the_gate_that_was_used(
    history: History, night: Callable[[int, float], Check]
) -> None:
    """Twelve points a night under a gate of 20 raise no alarm; under the default gate they do."""
    wide = Gate(max_over_refusal_increase=0.2)
    for number in range(6):
        history.add(replace(night(number, 0.12), gate=wide))
    assert read_nights(history, None, None)[0].alarms == []
    assert read_nights(history, Gate(), None)[0].alarms == ["over_refusal"]
    assert history.checks()[0].gate == wide


@pytest.mark.parametrize("field", ["judge_sha256", "probes_sha256", "answers_sha256", "blessed_at"])
def test_other_conditions_are_another_trend(
    history: History, night: Callable[[int, float], Check], field: str
) -> None:
    """Another judge, probe set, baseline answers or blessing: the nights are not added up."""
    for number in range(6):
        history.add(night(number, 0.12))
    changed = {field: "another"}
    history.add(replace(night(6, 0.0), **changed))
    found = read_nights(history, None, None)
    assert [len(one.checks) for one in found] == [6, 1]
    assert [bool(one.alarms) for one in found] == [True, False]


def test_the_same_weights_count_once(
    history: History, night: Callable[[int, float], Check]
) -> None:
    """Twenty checks of one model that is 9 points worse are one night of evidence."""
    for number in range(20):
        history.add(replace(night(number, 0.09), candidate_sha256="the same"))
    found = read_nights(history, None, None)[0]
    assert found.trends["over_refusal"].nights == 1
    assert not found.alarms
    assert len(found.checks) == 20


def test_an_alarm_is_acknowledged_and_the_trend_goes_on(
    history: History, night: Callable[[int, float], Check]
) -> None:
    """Who, why and the alpha that is left are kept; good nights raise nothing, bad ones again."""
    for number in range(6):
        history.add(night(number, 0.12))
    with pytest.raises(InputError, match="say who, and why"):
        acknowledge(history, read_nights(history, None, None), "Ada", " ")
    acknowledge(history, read_nights(history, None, None), "Ada", "a new policy, seen by two")
    found = read_nights(history, None, None)[0]
    assert (found.alarms, found.alpha_left) == ([], pytest.approx(0.01))
    assert [(one.who, one.axes) for one in found.acknowledged] == [("Ada", ["over_refusal"])]
    with pytest.raises(InputError, match="no alarm stands"):
        acknowledge(history, [found], "Ada", "again")
    assert "Ada" in nights_page([found])
    later = [replace(night(n, 0.12), checked_at=f"2099-01-{n + 1:02d}T03") for n in range(10, 18)]
    for number, check in enumerate(later):
        history.add(replace(check, candidate_sha256=f"later-{number}"))
    assert nights_of(history, later[0]).alarms == ["over_refusal"]


def test_candidates_of_one_day_are_one_night(
    history: History, night: Callable[[int, float], Check]
) -> None:
    """Ten checkpoints of one bad training run bet once, and the night is their mean."""
    for number in range(10):
        check = replace(night(0, 0.1), candidate_sha256=f"weights-{number}")
        history.add(check)
    found = read_nights(history, None, None)[0]
    assert found.trends["over_refusal"].nights == 1
    assert not found.alarms


def test_an_unknown_baseline_is_refused(
    history: History, night: Callable[[int, float], Check]
) -> None:
    """A misspelt name shows no empty and so quiet list; the names that there are come with it."""
    history.bless(Baseline("release", "run", "after", "baseline", "shipped", "2026-01-01"))
    history.add(night(0, 0.0))
    assert len(read_nights(history, None, "release")) == 1
    with pytest.raises(InputError, match=r"release"):
        read_nights(history, None, "relaese")


def test_a_history_of_the_first_version_is_read_and_goes_on(
    history: History, night: Callable[[int, float], Check]
) -> None:
    """What it did not write down is null, and stands beside no check that knows it."""
    connection = sqlite3.connect(history.path)
    connection.executescript(FIRST_VERSION)
    connection.close()
    assert history.checks()[0].gate is None
    history.add(replace(night(0, 0.0), baseline_sha256="b"))
    assert [len(found.checks) for found in read_nights(history, None, None)] == [1, 1]
