"""Is a collapsed category found among many, and an unchanged model left in peace?"""

from itertools import product

import numpy as np
import pytest

from reports.numbers.collapse import (
    OneSidedTest,
    find_collapses,
    tarone,
    tarone_divisor,
    worsening_test,
)

DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Heights of crossed minus self-fertilized plants, in eighths of an inch (Fisher 1935)."""


def test_sign_flips_of_a_published_example() -> None:
    """Fisher 1935, section 21: 863 of the 2^15 signs reach Darwin's sum."""
    found = worsening_test(np.array(DARWIN) / 84)
    assert found.p_value == pytest.approx(863 / 2**15)
    assert found.least == pytest.approx(1 / 2**15)


def test_whole_changes_are_the_exact_mcnemar_test() -> None:
    """Of 8 discordant pairs 7 or more: (8 + 1) / 256 (Fagerland et al. 2014, one side)."""
    changes = np.array([1.0] * 7 + [-1.0] + [0.0] * 13)
    assert worsening_test(changes) == OneSidedTest(pytest.approx(9 / 256), pytest.approx(1 / 256))


def test_nothing_changed_is_no_evidence() -> None:
    """Without a change the p-value is 1, and nothing smaller could have been."""
    assert worsening_test(np.zeros(5)) == OneSidedTest(1.0, 1.0)


def test_graded_changes_are_counted_like_all_signs_by_hand() -> None:
    """Thirds and quarters: the sum over all signs, written out."""
    changes = np.array([1 / 3, -1 / 4, 2 / 3, 1.0, 1 / 2])
    sums = [np.dot(signs, np.abs(changes)) for signs in product((1, -1), repeat=5)]
    expected = np.mean(np.array(sums) >= changes.sum() - 1e-9)
    assert worsening_test(np.append(changes, 0.0)).p_value == pytest.approx(expected)


def test_tarone_is_the_least_alpha_at_which_the_definition_rejects() -> None:
    """Found by trying every alpha with Tarone's own K, an independent way."""
    tests = [OneSidedTest(0.002, 0.001), OneSidedTest(0.03, 0.03), OneSidedTest(0.01, 0.004)]
    tests += [OneSidedTest(0.25, 0.125), OneSidedTest(1.0, 1.0)]
    alphas = np.arange(1, 10_001) / 10_000
    for test, adjusted in zip(tests, tarone(tests), strict=True):
        rejecting = [a for a in alphas if test.p_value <= a / tarone_divisor(tests, a) + 1e-12]
        assert adjusted == pytest.approx(min([*rejecting, 1.0]), abs=1e-4)


def test_tests_that_could_not_reach_it_do_not_count() -> None:
    """Forty quiet categories cost a loud one nothing; Bonferroni would take forty times."""
    tests = [OneSidedTest(0.004, 0.004)] + [OneSidedTest(0.5, 0.5)] * 40
    assert tarone(tests)[0] == pytest.approx(0.004)
    assert tarone_divisor(tests, 0.05) == 1


def test_a_collapsed_category_is_found_and_bounded() -> None:
    """Eleven of 22 probes worsen among 20 quiet categories: found, and surely above 5 points."""
    quiet = {f"quiet-{n}": np.array([1.0, -1.0] + [0.0] * 20) for n in range(20)}
    found = find_collapses({**quiet, "weapons": np.array([1.0] * 11 + [0.0] * 11)}, 0.95)
    assert found["weapons"].p_adjusted < 0.01
    assert 0.05 < found["weapons"].low < 0.5
    assert {found[name].p_adjusted for name in quiet} == {1.0}
    assert {found[name].low for name in quiet} == {-1.0}


def test_unchanged_models_are_left_in_peace() -> None:
    """46 categories of 22 probes with 10% flips: a false find in at most 5% of 300 runs."""
    rng = np.random.default_rng(0)
    triggered = 0
    for _ in range(300):
        draw = rng.random((46, 22))
        changes = (draw < 0.05).astype(float) - (draw > 0.95)
        found = find_collapses(dict(enumerate(changes)), 0.95)
        triggered += any(one.p_adjusted < 0.05 for one in found.values())
    assert triggered <= 15
