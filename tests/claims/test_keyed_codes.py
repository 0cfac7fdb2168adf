"""The lemmas behind TAG-1 and TAG-2 say what the group and the counts do, and no less: their formulas against enumeration."""

import itertools

import pytest
import z3

from ceas_formal.claims import keyed_codes
from ceas_formal.physics.clifford_code import all_paulis

NAMES = {
    "mixing": [
        "mixing: a transvection keeps what anticommutes",
        "mixing: the transvection of u+v takes u to v if they anticommute",
        "mixing: any u, v other than 0 both anticommute with some w, so two steps lead from u to v",
    ],
    "counting": [
        "count: passing and changing is passing, less the 2^t - 1 on traps",
        "bound: passing and changing, below 2^-t",
        "bound: a Pauli error passes with less than 2^-t",
        "mixture: with an identity part it is no more",
    ],
}
PLANE = list(itertools.product((0, 1), repeat=2))


@pytest.fixture
def formulas(monkeypatch):
    """Return, by the name of each lemma, what it claims as a function of the values of its variables."""
    claimed = {}

    def collect(name, hypotheses, conclusion, logic):
        claimed[name] = lambda **values: z3.is_true(
            z3.simplify(z3.substitute(conclusion, *[(sort(key), sort(key).sort().cast(value)) for key, value in values.items()]))
        )
        sort = z3.Int if name.startswith("mixing") else z3.Real

    monkeypatch.setattr(keyed_codes, "prove", collect)
    keyed_codes.mixing()
    keyed_codes.counting()
    return claimed


def test_every_lemma_holds_and_none_is_missing():
    for group, names in NAMES.items():
        lemmas = getattr(keyed_codes, group)()
        assert [lemma.name for lemma in lemmas] == names
        assert all(lemma.holds for lemma in lemmas)


def plus(u, v):
    return tuple((x + y) % 2 for x, y in zip(u, v, strict=True))


@pytest.mark.parametrize("form", list(itertools.product((0, 1), repeat=4)))
def test_transvections_do_to_every_bilinear_form_what_the_lemmas_compute(formulas, form):
    """Also to forms that are not alternating: there the conclusions fail, exactly where the formulas say so."""

    def bracket(u, v):
        return sum(form[2 * i + j] * u[i] * v[j] for i in range(2) for j in range(2)) % 2

    def transvection(u, h):
        return plus(u, h) if bracket(u, h) else u

    keeps, takes = (formulas[name] for name in NAMES["mixing"][:2])
    for a, b, h in itertools.product(PLANE, repeat=3):
        kept = bracket(transvection(a, h), transvection(b, h)) == bracket(a, b)
        assert keeps(ab=bracket(a, b), ah=bracket(a, h), bh=bracket(b, h), hb=bracket(h, b), hh=bracket(h, h)) == kept
    for u, v in itertools.product(PLANE, repeat=2):
        image = transvection(u, plus(u, v))
        for i in range(2):
            assert takes(uu=bracket(u, u), uv=bracket(u, v), ui=u[i], vi=v[i]) == (image[i] == v[i])


def test_a_common_partner_is_claimed_exactly_where_one_reads_no_other_coordinate(formulas):
    partner = formulas[NAMES["mixing"][2]]
    for ui, uj, vi, vj in itertools.product((0, 1), repeat=4):
        exists = any((i * ui + j * uj) % 2 and (i * vi + j * vj) % 2 for i, j in PLANE)
        assert partner(ui=ui, uj=uj, vi=vi, vj=vj) == exists


@pytest.mark.parametrize(("payload", "traps"), [(1, 0), (1, 1), (2, 1), (1, 3), (3, 1), (2, 2)])
def test_counts_and_bounds_are_those_of_all_pauli_errors(formulas, payload, traps):
    errors = all_paulis(payload + traps)[1:]
    passing = [word for word in errors if not set(word[payload:]) & set("XY")]
    changing = [word for word in passing if set(word[:payload]) != {"I"}]
    a, b = 4**payload, 2**traps
    assert keyed_codes.all_errors(a, b) == len(errors)
    assert keyed_codes.passing(a, b) == len(passing)
    assert keyed_codes.changing(a, b) == len(changing)
    count, changed, passed, _ = (formulas[name] for name in NAMES["counting"])
    assert count(a=a, b=b)
    # Without traps both bounds are met with equality, so that "below" fails.
    assert changed(a=a, b=b) == (b * len(changing) < len(errors)) == (traps > 0)
    assert passed(a=a, b=b) == (b * len(passing) < len(errors)) == (traps > 0)


@pytest.mark.parametrize(("part", "less"), [(-1, False), (0, True), (1, True), (2, True)])
def test_a_mixture_harms_by_the_share_that_is_no_identity(formulas, part, less):
    assert formulas[NAMES["counting"][3]](a=4, b=2, w=part) == less
