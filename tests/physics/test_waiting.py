"""Waiting for two pairs: closed forms against known limits, an absorbing Markov chain, sums term by term, and simulated links."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.physics.bell_pairs import BellPair, fidelity, x_state
from ceas_formal.physics.delivering import best_cutoff, delivered_fidelity, deliveries, distilled_fidelity
from ceas_formal.physics.memories import Memory, dephasing, depolarising
from ceas_formal.physics.swapping import bbpssw, cutoff_time, swapped, swapped_fidelity
from ceas_formal.physics.waiting import (
    LONGEST,
    TwoLinks,
    age_difference,
    mean_waiting,
    success_probability,
    waiting_distribution,
    waiting_variance,
)
from ceas_formal.physics.x_states import bell_weights
from ceas_formal.strategies import bell_pairs

PATIENT = settings(deadline=None)
CHANCES = st.floats(0.02, 1)
ONE = BellPair("phi+", Memory(8.0, 5.0), Memory(10.0, 12.0, 0.05), 0.95)
MANY = BellPair("phi+", dephasing(np.ones(2)), dephasing(1.0))
OTHER = BellPair("psi-", Memory(20.0, 9.0, 0.1), depolarising(30.0), 0.9)


@PATIENT
@given(st.floats(1e-7, 1), st.floats(1e-3, 10))
def test_known_limits(p, attempt):
    """Without a cutoff the mean of the later of two geometric times; with cutoff 0 both have to succeed at once."""
    assert math.isclose(mean_waiting(TwoLinks(p, p, attempt)), attempt * (3 - 2 * p) / (p * (2 - p)), rel_tol=1e-12)
    assert math.isclose(mean_waiting(TwoLinks(p, p, attempt, 0.0)), attempt / p**2, rel_tol=1e-12)
    once = waiting_variance(TwoLinks(p, p, attempt, 0.0))
    assert math.isclose(once, attempt**2 * (1 - p**2) / p**4, rel_tol=1e-9, abs_tol=1e-12)


@PATIENT
@given(CHANCES, CHANCES)
def test_without_a_cutoff_it_is_the_later_of_two_geometric_times(p, q):
    both = p + q - p * q
    links = TwoLinks(p, q, 1.0)
    assert success_probability(links) == pytest.approx(1, abs=1e-15)
    assert mean_waiting(links) == pytest.approx(1 / p + 1 / q - 1 / both, rel=1e-12)
    square = sum((2 - chance) / chance**2 * sign for chance, sign in ((p, 1), (q, 1), (both, -1)))
    assert waiting_variance(links) == pytest.approx(square - (1 / p + 1 / q - 1 / both) ** 2, rel=1e-9, abs=1e-12)
    later = [(1 - (1 - p) ** n) * (1 - (1 - q) ** n) for n in range(31)]
    np.testing.assert_allclose(waiting_distribution(links, 30), np.diff(later), rtol=0, atol=1e-13)


def chain(p, q, patience):
    """The transition matrix among: both empty, the first waiting for 1..k attempts, the second likewise; a row's rest is delivery."""
    size = 1 + 2 * patience
    moves = np.zeros((size, size))
    moves[0, 0] = (1 - p) * (1 - q)
    for side, (own, other) in enumerate(((p, q), (q, p))):
        places = [1 + side * patience + age for age in range(patience)]
        # With no patience at all a lone pair is discarded at once.
        moves[0, places[0] if places else 0] += own * (1 - other)
        for here, then in zip(places, [*places[1:], 0][:patience], strict=True):
            moves[here, then] += 1 - other
    return moves


@PATIENT
@given(CHANCES, CHANCES, st.integers(0, 12))
def test_mean_variance_and_distribution_are_those_of_the_chain(p, q, patience):
    moves, links = chain(p, q, patience), TwoLinks(p, q, 1.0, float(patience))
    inverse = np.linalg.inv(np.eye(len(moves)) - moves)
    mean = inverse.sum(axis=1)
    assert mean_waiting(links) == pytest.approx(mean[0], rel=1e-10)
    variance = (2 * inverse @ mean - mean - mean**2)[0]
    assert waiting_variance(links) == pytest.approx(variance, rel=1e-7, abs=1e-7)
    state, expected = np.eye(len(moves))[0], []
    for _ in range(40):
        later = state @ moves
        expected.append(state.sum() - later.sum())
        state = later
    np.testing.assert_allclose(waiting_distribution(links, 40), expected, rtol=0, atol=1e-13)


@PATIENT
@given(CHANCES, CHANCES, st.integers(0, 12), bell_pairs(), bell_pairs(), st.floats(0.01, 2))
def test_means_at_delivery_are_the_sums_over_every_age(p, q, patience, first, second, attempt):
    links = TwoLinks(p, q, attempt, patience * attempt)
    found = np.zeros(4)
    total = 0.0
    fresh = [bell_weights(x_state(pair, 0.0)) for pair in (first, second)]
    for age in range(patience + 1):
        cases = [(p * q, *fresh)] if age == 0 else [
            (p * q * (1 - q) ** age, bell_weights(x_state(first, age * attempt)), fresh[1]),
            (p * q * (1 - p) ** age, fresh[0], bell_weights(x_state(second, age * attempt))),
        ]  # fmt: skip
        total += sum(chance for chance, *_ in cases)
        found = found + sum(chance * swapped(one, other) for chance, one, other in cases)
    mean = sum(case.chance * swapped(case.first, case.second) for case in deliveries(links, first, second))
    np.testing.assert_allclose(mean, found / total, rtol=0, atol=1e-12)
    law = age_difference(links, patience + 3)
    assert law.sum() == pytest.approx(1, abs=1e-12)
    assert (law[patience + 1 :] == 0).all()
    assert success_probability(links) == pytest.approx(total / (p + q - p * q), rel=1e-12)


def simulated(p, q, patience, runs, stream):
    """Return times and signed age differences, in attempts: link by link, attempt by attempt."""
    rng = np.random.default_rng([20260, stream])
    ages, times = np.full((2, runs), -1), np.zeros(runs, dtype=int)
    difference, going = np.zeros(runs, dtype=int), np.ones(runs, dtype=bool)
    while going.any():
        times[going] += 1
        ages[(ages >= 0) & going] += 1
        tries = rng.random((2, runs)) < np.array([[p], [q]])
        ages[(ages < 0) & tries & going] = 0
        done = going & (ages >= 0).all(axis=0)
        difference[done] = (ages[0] - ages[1])[done]
        going &= ~done
        ages[(ages >= patience) & going] = -1
    return times, difference


@pytest.mark.parametrize(("p", "q", "patience", "stream"), [(0.1, 0.1, 10, 1), (0.2, 0.05, 6, 2), (0.15, 0.3, 0, 3)])
def test_simulated_links_agree_within_their_interval(p, q, patience, stream):
    """99.99% intervals around simulated means, over 20 000 deliveries."""
    runs, attempt = 20_000, 0.5
    links = TwoLinks(p, q, attempt, patience * attempt)
    times, difference = simulated(p, q, patience, runs, stream)
    variance = float(waiting_variance(links)) / attempt**2
    assert abs(times.mean() - mean_waiting(links) / attempt) < 3.9 * times.std() / math.sqrt(runs)
    fourth = ((times - times.mean()) ** 4).mean()
    assert abs(times.var() - variance) < 3.9 * math.sqrt((fourth - variance**2) / runs)
    law = age_difference(links, patience + 1)
    counts = np.bincount(abs(difference), minlength=patience + 2)
    assert (abs(counts / runs - law) <= 4.5 * np.sqrt(law * (1 - law) / runs) + 1e-12).all()
    ages = np.maximum(difference, 0) * attempt, np.maximum(-difference, 0) * attempt
    weights = swapped(bell_weights(x_state(ONE, ages[0])), bell_weights(x_state(OTHER, ages[1])))
    # Φ+ and Ψ- make Ψ-.
    sample = weights[:, 3]
    assert abs(sample.mean() - delivered_fidelity(links, ONE, OTHER)) < 3.9 * sample.std() / math.sqrt(runs) + 1e-12


@PATIENT
@given(CHANCES, CHANCES, st.integers(0, 30))
def test_patience_costs_no_time_and_no_success(p, q, patience):
    less, more = (TwoLinks(p, q, 1.0, float(k)) for k in (patience, patience + 1))
    assert mean_waiting(more) <= mean_waiting(less) * (1 + 1e-12)
    assert success_probability(more) >= success_probability(less) - 1e-15


def test_fresh_pairs_swap_and_distil_as_without_waiting():
    links = TwoLinks(0.2, 0.3, 1.0, 0.0)
    pair = BellPair("phi+", dephasing(5.0), depolarising(5.0), 0.8)
    assert delivered_fidelity(links, pair, pair) == pytest.approx(float(swapped_fidelity(0.8, 0.8)), abs=1e-15)
    np.testing.assert_allclose(distilled_fidelity(links, pair, pair), bbpssw(0.8, 0.8), rtol=1e-14)


def test_distillation_weighs_each_age_with_its_own_success():
    from ceas_formal.physics.swapping import parity_checked

    links, patience = TwoLinks(0.2, 0.1, 1.0, 5.0), 5
    joint = chance = 0.0
    for age in range(patience + 1):
        for weight, ages in ((0.02 * 0.9**age, (age, 0)), (0.02 * 0.8**age * (age > 0), (0, age))):
            kept, success = parity_checked(bell_weights(x_state(ONE, ages[0])), bell_weights(x_state(ONE, ages[1])))
            joint, chance = joint + weight * success * kept[0], chance + weight * success
    total = float(links.any_success * success_probability(links))
    found, success = distilled_fidelity(links, ONE, ONE)
    assert found == pytest.approx(joint / chance, rel=1e-12)
    assert success == pytest.approx(chance / total, rel=1e-12)


@PATIENT
@given(st.floats(0.02, 0.5), st.floats(0.02, 0.5), st.floats(0.55, 0.98))
def test_the_best_cutoff_is_the_last_that_suffices(p, q, wanted):
    pair = BellPair("phi+", Memory(30.0, 20.0), Memory(40.0, 15.0))
    best = best_cutoff(TwoLinks(p, q, 1.0), pair, pair, wanted)
    assert best.fidelity >= wanted
    assert best.rate == pytest.approx(1 / float(mean_waiting(TwoLinks(p, q, 1.0, best.cutoff))))
    if math.isfinite(best.cutoff):
        longer = np.append(np.arange(best.cutoff + 1, best.cutoff + 200), math.inf)
        assert (delivered_fidelity(TwoLinks(p, q, 1.0, longer), pair, pair) < wanted).all()


def test_the_mean_can_rise_with_the_cutoff_where_links_differ():
    """The slow link's memory is the bad one. The longer the cutoff, the more often the other pair is the older one."""
    slow, fast = BellPair("phi+", dephasing(3.0), dephasing(3.0)), BellPair("phi+", dephasing(1e4), dephasing(1e4))
    links = TwoLinks(0.01, 0.5, 1.0)
    short, longer = (float(delivered_fidelity(TwoLinks(0.01, 0.5, 1.0, k), slow, fast)) for k in (2.0, 200.0))
    assert short < longer - 0.04
    assert best_cutoff(links, slow, fast, 0.95).cutoff == math.inf
    # By hand, k = 1: ages 0, 1 of the slow pair, 1 of the fast one with weights 1 : 1/2 : .99.
    aged, kept = fidelity(slow, 1.0), fidelity(fast, 1.0)
    mean = (1 + aged / 2 + 0.99 * kept) / 2.49
    assert delivered_fidelity(TwoLinks(0.01, 0.5, 1.0, 1.0), slow, fast) == pytest.approx(float(mean), abs=1e-15)


@PATIENT
@given(CHANCES, CHANCES, bell_pairs(), bell_pairs(), st.floats(0.3, 0.99))
def test_no_cutoff_beats_the_best(p, q, first, second, wanted):
    every = np.append(np.arange(3000.0), math.inf)
    found = delivered_fidelity(TwoLinks(p, q, 1.0, every), first, second)
    enough = every[found >= wanted]
    if not enough.size:
        with pytest.raises(ValueError, match="which some cutoff gives"):
            best_cutoff(TwoLinks(p, q, 1.0), first, second, wanted + 1e-9)
        return
    best = best_cutoff(TwoLinks(p, q, 1.0), first, second, wanted)
    # Where the mean has levelled off at the wanted value, rounding decides.
    assert best.cutoff >= enough[-1] or abs(found[-1] - wanted) < 1e-9
    assert best.fidelity >= wanted - 1e-9


def test_a_mean_lets_pairs_age_for_longer_than_a_guarantee():
    """`cutoff_time` keeps every delivery above the wanted fidelity; the mean is above it with a longer cutoff and a higher rate."""
    pair = BellPair("phi+", depolarising(40.0), depolarising(40.0), 0.97)
    every = float(cutoff_time(pair, 0.85, 2))
    best = best_cutoff(TwoLinks(0.1, 0.1, 1.0), pair, pair, 0.85)
    assert best.cutoff > every > 0
    assert best.rate > 1 / float(mean_waiting(TwoLinks(0.1, 0.1, 1.0, every)))


def test_numbers_by_hand():
    """p = q = 1/2, k = 1: a try lasts 4/3 + 2/3 attempts and succeeds with 2/3; deliveries come at attempt 1, 2, 3 with 1/4, 5/16, 9/64."""
    links = TwoLinks(0.5, 0.5, 2.0, 2.0)
    assert float(success_probability(links)) == pytest.approx(2 / 3, abs=1e-15)
    assert float(mean_waiting(links)) == pytest.approx(2 * (4 / 3 + 2 / 3) / (2 / 3), abs=1e-14)
    np.testing.assert_allclose(waiting_distribution(links, 3), [1 / 4, 5 / 16, 9 / 64], rtol=1e-15)


def test_small_chances_keep_their_digits_and_arrays_broadcast():
    pair = BellPair("phi+", dephasing(5.0), dephasing(5.0))
    rare = TwoLinks(2e-7, 2e-7, 1e-6, math.inf)
    # Waiting is then exponential: the mean of exp(-t·2/T2) is 1/(1 + (2/T2)·(1e-6/2e-7)).
    assert delivered_fidelity(rare, pair, pair) == pytest.approx(0.5 + 0.5 / (1 + 0.4 * 5), abs=1e-6)
    many = TwoLinks(np.array([[0.1], [0.2]]), 0.1, 1.0, np.array([0.0, 3.0, np.inf]))
    assert mean_waiting(many).shape == delivered_fidelity(many, pair, pair).shape == (2, 3)
    one = delivered_fidelity(TwoLinks(0.2, 0.1, 1.0, 3.0), pair, pair)
    assert delivered_fidelity(many, pair, pair)[1, 1] == pytest.approx(float(one), abs=1e-15)
    assert fidelity(pair, 0.0) == 1


def test_a_cutoff_of_whole_attempts_counts_them_all():
    assert [float(TwoLinks(0.5, 0.5, 0.1, 0.1 * k).patience) for k in (0, 1, 3, 7)] == [0, 1, 3, 7]
    assert float(TwoLinks(0.5, 0.5, 0.1, 0.29).patience) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TwoLinks(0.0, 0.5, 1.0), r"the success probability of the first link must lie in \(0, 1\]; got 0.0"),
        (lambda: TwoLinks(0.5, 1.1, 1.0), r"the success probability of the second link must lie in \(0, 1\]; got 1.1"),
        (lambda: TwoLinks(0.5, 0.5, 0.0), r"the duration of an attempt in s must lie in \(0, ∞\); got 0.0"),
        (lambda: TwoLinks(0.5, 0.5, 1.0, -1.0), r"the cutoff in s must lie in \[0, ∞\]; got -1.0"),
        (lambda: TwoLinks(np.ones(2), np.ones(3), 1.0), "must broadcast"),
        (lambda: waiting_distribution(TwoLinks(np.ones(2), 1.0, 1.0), 3), r"the shape of the links must be \(\); got \(2,\)"),
        (lambda: waiting_distribution(TwoLinks(0.5, 0.5, 1.0), LONGEST + 1), r"the number of attempts must be an int in \[1, 1000000\]"),
        (
            lambda: best_cutoff(TwoLinks(0.5, 0.5, 1.0), ONE, ONE, 0.95),
            r"the wanted fidelity must lie in \(0, 0.903333\], which some cutoff gives; got 0.95",
        ),
        (lambda: best_cutoff(TwoLinks(0.5, 0.5, 1.0), ONE, MANY, 0.6), r"their shapes must be \(\); got \(\) and \(2,\)"),
        (lambda: best_cutoff(TwoLinks(0.5, 0.5, 1.0), ONE, ONE, 1.4), r"the wanted fidelity must lie in \(0, 1\]; got 1.4"),
    ],
)
def test_bad_input_is_refused_with_the_quantity_and_its_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()
