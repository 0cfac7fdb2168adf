"""The same physics in QuTiP, one pair at a time: master equation, exponential of the Liouvillian, and circuits.

Nothing in the library calls this. Tests, claims and benchmarks compare the closed forms with it. Agreement to expect, as the largest
difference of an entry of the density matrix: :data:`DEFAULT` with the solver's default options, :data:`TIGHT` with the options of
:data:`TIGHT_OPTIONS`, :data:`EXPONENTIAL` with the exponential.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ceas_formal.physics.bell_pairs import BellPair
from ceas_formal.physics.checked import Floats, real
from ceas_formal.physics.memories import Memory
from ceas_formal.physics.x_states import BELL_STATES

DEFAULT = 2e-6
TIGHT = 1e-9
EXPONENTIAL = 1e-12
TIGHT_OPTIONS: dict[str, Any] = {"atol": 1e-12, "rtol": 1e-10, "nsteps": 100_000}


def bell_state(name: str) -> Any:
    """Return the Bell state as a ket of two qubits.

    Examples
    --------
    >>> [float(x) for x in bell_state("psi-").full().real.ravel().round(3)]
    [0.0, 0.707, -0.707, 0.0]
    """
    import qutip

    if name not in BELL_STATES:
        raise ValueError(f"the Bell state must be one of {', '.join(BELL_STATES)}; got {name!r}")
    first, second = ("00", "11") if name.startswith("phi") else ("01", "10")
    sign = 1 if name.endswith("+") else -1
    return (qutip.ket(first) + sign * qutip.ket(second)).unit()


def start(pair: BellPair, state: ArrayLike | None = None) -> Any:
    """Return the Werner state from which one pair starts, or `state`, shape (4, 4), in its place."""
    import qutip

    if state is not None:
        return qutip.Qobj(np.asarray(state, dtype=np.complex128), dims=[[2, 2], [2, 2]])
    projector = bell_state(pair.bell).proj()
    fidelity = float(np.asarray(pair.start_fidelity))
    return fidelity * projector + (1 - fidelity) / 3 * (qutip.tensor(qutip.qeye(2), qutip.qeye(2)) - projector)


def collapse_operators(memory: Memory) -> list[Any]:
    """Return the collapse operators of one memory, in 1/√s: relaxation, thermal excitation, pure dephasing; absent ones left out."""
    import qutip

    if np.broadcast_shapes(np.shape(memory.t1), np.shape(memory.t2), np.shape(memory.excited)):
        raise ValueError("the reference takes one memory at a time: the shape of T1, T2 and the thermal population must be ()")
    rate, thermal = float(memory.relaxation_rate), float(memory.population)
    down = qutip.ket("0") * qutip.bra("1")
    terms = ((rate * (1 - thermal), down), (rate * thermal, down.dag()), (float(memory.dephasing_rate) / 2, qutip.sigmaz()))
    return [np.sqrt(strength) * operator for strength, operator in terms if strength > 0]


def joint_operators(pair: BellPair) -> list[Any]:
    """Return the collapse operators of both memories on the two qubits."""
    import qutip

    identity = qutip.qeye(2)
    first = [qutip.tensor(operator, identity) for operator in collapse_operators(pair.first)]
    return first + [qutip.tensor(identity, operator) for operator in collapse_operators(pair.second)]


def solved(
    pair: BellPair, times: ArrayLike, options: dict[str, Any] | None = None, *, state: ArrayLike | None = None
) -> NDArray[np.complex128]:
    """Return the density matrices at the times by ``qutip.mesolve``.

    Parameters
    ----------
    pair : BellPair
        One pair, shape ().
    times : array_like, shape (n,), in s
        Rising, from 0.
    options : dict, optional
        Of the solver, such as :data:`TIGHT_OPTIONS`.
    state : array_like, shape (4, 4), optional
        Any density matrix, in place of the start of the pair, of which only the memories count then.

    Returns
    -------
    ndarray, shape (n, 4, 4)
    """
    import qutip

    hamiltonian = qutip.tensor(qutip.qzero(2), qutip.qzero(2))
    grid = real("the times in s", times, "[0, ∞)")
    if grid.ndim != 1 or not grid.size or grid[0] != 0 or (np.diff(grid) <= 0).any():
        raise ValueError(f"the times in s must rise from 0; got {grid.tolist()}")
    result = qutip.mesolve(hamiltonian, start(pair, state), grid, c_ops=joint_operators(pair), options=options or {})
    return np.array([state.full() for state in result.states])


def exponentiated(pair: BellPair, times: ArrayLike, *, state: ArrayLike | None = None) -> NDArray[np.complex128]:
    """Return the density matrices at the times, shape (n, 4, 4), by the exponential of the Liouvillian, each on its own.

    Parameters as in :func:`solved`.
    """
    import qutip
    from scipy.linalg import expm

    grid = real("the times in s", times, "[0, ∞)")
    initial = start(pair, state)
    hamiltonian = qutip.tensor(qutip.qzero(2), qutip.qzero(2))
    generator = qutip.liouvillian(hamiltonian, joint_operators(pair)).full()
    vector = qutip.operator_to_vector(initial).full()
    # QuTiP stacks columns.
    return np.array([(expm(generator * time) @ vector).reshape((4, 4), order="F") for time in grid])


def measured(matrices: ArrayLike) -> dict[str, Floats]:
    """Return concurrence and the four Bell fidelities of density matrices of shape (n, 4, 4), by QuTiP.

    Returns
    -------
    dict
        ``"concurrence"`` of shape (n,), and each name in ``BELL_STATES`` of shape (n,).
    """
    import qutip

    states = [qutip.Qobj(matrix, dims=[[2, 2], [2, 2]]) for matrix in np.asarray(matrices)]
    found: dict[str, Floats] = {"concurrence": np.array([qutip.concurrence(state) for state in states])}
    for name in BELL_STATES:
        found[name] = np.array([qutip.expect(bell_state(name).proj(), state) for state in states])
    return found


def swapped(left: ArrayLike, right: ArrayLike) -> NDArray[np.complex128]:
    """Return the outer pair after a Bell measurement of the inner qubits, the four results averaged, each corrected on the far right.

    Parameters
    ----------
    left, right : array_like, shape (4, 4)
        Density matrices of the pairs 1-2 and 3-4; qubits 2 and 3 are measured, qubit 4 is corrected.
    """
    import qutip

    pairs = [qutip.Qobj(np.asarray(matrix), dims=[[2, 2], [2, 2]]) for matrix in (left, right)]
    joint = qutip.tensor(*pairs)
    corrections = dict(zip(BELL_STATES, (qutip.qeye(2), qutip.sigmaz(), qutip.sigmax(), qutip.sigmax() * qutip.sigmaz()), strict=True))
    total = np.zeros((4, 4), dtype=np.complex128)
    for name, correction in corrections.items():
        projection = qutip.tensor(qutip.qeye(2), bell_state(name).dag(), correction)
        total += (projection * joint * projection.dag()).full()
    return total


def distilled(kept: ArrayLike, tested: ArrayLike, *, rotated: bool) -> tuple[NDArray[np.complex128], float]:
    """Return the kept pair and the chance of success of one round: bilateral CNOT, measure the tested pair, keep if the results agree.

    Parameters
    ----------
    kept, tested : array_like, shape (4, 4)
        Density matrices of the pairs.
    rotated : bool
        Whether both parties first rotate about x, by π/2 and -π/2: DEJMPS. Without it this is BBPSSW.
    """
    import qutip

    pairs = [qutip.Qobj(np.asarray(matrix), dims=[[2, 2], [2, 2]]) for matrix in (kept, tested)]
    if rotated:
        quarter = (-1j * np.pi / 4 * qutip.sigmax()).expm()
        turn = qutip.tensor(quarter, quarter.dag())
        pairs = [turn * pair * turn.dag() for pair in pairs]
    joint = qutip.tensor(*pairs)  # qubits: kept A, kept B, tested A, tested B
    zero, one, identity, flip = qutip.ket("0").proj(), qutip.ket("1").proj(), qutip.qeye(2), qutip.sigmax()
    for control in (0, 1):
        factors = [[identity] * 4, [identity] * 4]
        factors[0][control], factors[1][control], factors[1][control + 2] = zero, one, flip
        gate = qutip.tensor(*factors[0]) + qutip.tensor(*factors[1])
        joint = gate * joint * gate.dag()
    total = np.zeros((4, 4), dtype=np.complex128)
    for results in ("00", "11"):
        projection = qutip.tensor(identity, identity, qutip.bra(results))
        total += (projection * joint * projection.dag()).full()
    success = float(np.trace(total).real)
    return total / success, success
