"""The committed aggregate against searches for a worse one."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceas_formal.claims import contents
from ceas_formal.derive.aggregation.committed import committed_aggregate
from ceas_formal.spec.influence import squared_norm
from ceas_formal.spec.value import Rules, Use, Value, aggregate

RULES = Rules(nodes=5, faults=1, false_accepts=0, cap=Fraction(5, 4), clip=100, dimension=2)
small = st.fractions(min_value=-1, max_value=1, max_denominator=20)


vectors, some_stamps = st.tuples(small, small), st.lists(st.sampled_from([1, 2, 4]), min_size=5, max_size=5)


@given(st.lists(vectors, min_size=4, max_size=4), vectors, some_stamps)
def test_aggregate_of_full_weight_is_as_near_to_the_truth_as_derived(estimates, away, stamps):
    """The truth is 0; node 4 is Byzantine and as far from an estimate as `away`."""
    byzantine = tuple(a + b for a, b in zip(estimates[0], away, strict=True))
    used = [*estimates, byzantine]
    uses = [Use(node, content, Fraction(1, stamp)) for node, (content, stamp) in enumerate(zip(used, stamps, strict=True))]
    found = aggregate(Value(0, frozenset(uses), frozenset(range(5))), active=range(5), rules=RULES)
    rho = max(float(squared_norm(own)) for own in estimates) ** 0.5
    delta = float(squared_norm(away)) ** 0.5
    assert float(squared_norm(found)) ** 0.5 <= committed_aggregate().numeric(rho, delta, 1 / 4) + 1e-12


def test_bound_is_reached_by_byzantine_content_at_its_end():
    direction = np.array([1.0, 0.0])
    aggregate_error = np.linalg.norm(0.75 * 0.3 * direction + 0.25 * 1.3 * direction)
    assert aggregate_error == pytest.approx(committed_aggregate().numeric(0.3, 1.0, 0.25), abs=1e-15)


def test_row_needs_the_runs_to_stay_near(monkeypatch):
    monkeypatch.setattr(contents, "_measured", lambda strategy: (contents.FALSE_ACCEPTS, 0.5))
    assert contents.committed_contents_are_near_honest_estimates().verdict == "unknown"
    monkeypatch.setattr(contents, "_measured", lambda strategy: (8, 1.5))
    assert contents.committed_contents_are_near_honest_estimates().verdict == "unknown"


def test_budget_fails_where_tampered_means_something_else(monkeypatch):
    assert contents._budget_holds_by_definition()
    from ceas_formal.spec.counting import Counting

    monkeypatch.setattr(Counting, "broken_assumptions", lambda self, state: ["budget"])
    assert not contents._budget_holds_by_definition()
