"""Exact numbers at the entrance of the specification."""

import doctest

from ceas_formal.spec import exact


def test_examples_in_docstrings_run():
    assert doctest.testmod(exact).failed == 0
