"""The compiled kernel gives what NumPy gives; without numba it names the extra."""

import sys

import numpy as np
import pytest
from circuit_problems import drawn, problems
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.learning import circuits as reference
from ceas_formal.learning.circuits import Circuit, compiled

TOLERANCE = 1e-12


@pytest.fixture(scope="module", autouse=True)
def kernel():
    pytest.importorskip("numba")
    compiled.loss_gradient(Circuit(1, 1, 1), [0.0, 0.0], [[0.0]], [1])  # compiles, or reads what was compiled before


def agree(circuit, angles, features, labels, **options):
    ours, theirs = (module.loss_gradient(circuit, angles, features, labels, **options) for module in (compiled, reference))
    scale = max(1, np.abs(theirs[1]).max())
    for mine, other in zip(ours, theirs, strict=True):
        assert np.shape(mine) == np.shape(other)
        assert np.abs(mine - other).max() <= TOLERANCE * scale
    values = compiled.expectations(circuit, angles, features)
    assert values.shape == reference.expectations(circuit, angles, features).shape
    assert np.abs(values - reference.expectations(circuit, angles, features)).max() < TOLERANCE


@given(problems(), st.sampled_from(["cross_entropy", "squared"]), st.floats(0, 1), st.sampled_from([1e-3, 0.1]))
@settings(max_examples=50)
def test_kernel_agrees_with_numpy(problem, loss, shrink, floor):
    agree(problem.circuit, problem.angles, problem.features, problem.labels, shrink=shrink, loss=loss, floor=floor)


@pytest.mark.parametrize("circuit", [Circuit(6, 1, 4), Circuit(7, 2, 5), Circuit(8, 2, 3), Circuit(9, 4, 2)])
def test_leaving_out_what_lies_outside_the_cone_changes_nothing(circuit):
    agree(circuit, *drawn(circuit, 2, 3), shrink=0.9)


@pytest.mark.parametrize("rest", [-1, 0, 1, 70])
@pytest.mark.parametrize("blocks", [1, 2])
def test_blocks_of_any_length_agree(blocks, rest):
    for circuit in (Circuit(), Circuit(5, 3, 2)):
        agree(circuit, *drawn(circuit, 2, blocks * compiled.SAMPLES_IN_A_BLOCK + rest))


def test_the_kernel_is_compiled_once_for_all_kinds_of_input():
    circuit = Circuit()
    angles, features, labels = drawn(circuit, 1, 8)
    for table in (angles, features, labels):
        table.setflags(write=False)
    agree(circuit, angles, features, labels)
    agree(circuit, angles[0], features[:, ::2], labels[:, ::2], shrink=0.5)
    assert len(compiled._kernel().signatures) == 1


@pytest.mark.parametrize("samples", [1, compiled.FACTORS_OF_A_LOGARITHM, 3 * compiled.SAMPLES_IN_A_BLOCK + 5])
def test_samples_that_are_all_wrong_at_the_least_floor_have_the_loss_of_that_floor(samples):
    circuit, labels = Circuit(1, 1, 1), -np.ones(samples)
    for module in (compiled, reference):
        cost, _ = module.loss_gradient(circuit, [0.0, 0.0], np.zeros((samples, 1)), labels, floor=1e-12)
        assert cost == pytest.approx(12 * np.log(10), abs=1e-3)  # 1 - (1 - 2·floor) has lost 12 of 16 digits


def test_axes_broadcast_and_strides_do_not_matter():
    circuit = Circuit()
    angles, features, labels = drawn(circuit, 6, 8)
    agree(circuit, angles.reshape(2, 3, 6), features[0], labels[0], shrink=[0.9, 0.5, 0.1])
    agree(circuit, angles[:, None], features[None], labels[None])
    agree(circuit, angles[0], features[0], labels[0])
    agree(circuit, angles[::2], features[::2, ::2], labels[::2, ::2])
    agree(circuit, np.asfortranarray(angles), np.asfortranarray(features), np.asfortranarray(labels))


def test_phases_give_the_same_bytes_as_features():
    circuit = Circuit()
    angles, features, labels = drawn(circuit, 3, 16)
    direct = compiled.loss_gradient(circuit, angles, features, labels)
    kept = compiled.loss_gradient(circuit, angles, reference.encoded(circuit, features), labels)
    assert [part.tobytes() for part in direct] == [part.tobytes() for part in kept]


def test_same_input_same_bytes_and_inputs_stay_as_they_are():
    circuit = Circuit()
    inputs = drawn(circuit, 3, 16)
    copies = [part.copy() for part in inputs]
    first, second = (compiled.loss_gradient(circuit, *inputs) for _ in range(2))
    assert [part.tobytes() for part in first] == [part.tobytes() for part in second]
    assert all(np.array_equal(part, copy) for part, copy in zip(inputs, copies, strict=True))


def test_without_numba_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    compiled._kernel.cache_clear()
    try:
        with pytest.raises(ModuleNotFoundError, match=r"numba; install the extra: pip install 'ceas-formal\[fast\]'"):
            compiled.expectations(Circuit(), np.zeros(6), np.zeros((1, 2)))
    finally:
        compiled._kernel.cache_clear()
