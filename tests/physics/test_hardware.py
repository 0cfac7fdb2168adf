"""Hardware files: what they must say, how they are refused; heralding and descriptors against independent calculations."""

import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceas_formal.errors import BadInput
from ceas_formal.physics.descriptors import COARSE, Grid, descriptor, leak
from ceas_formal.physics.hardware import Platform
from ceas_formal.physics.heralding import SPEED_OF_LIGHT, dark_probability, heralding, least_latency
from ceas_formal.simulate.platforms import load_platform, packaged_platforms

PATHS = packaged_platforms()
PLATFORMS = {name: load_platform(path) for name, path in PATHS.items()}
TEXT = PATHS["nv_centre"].read_text(encoding="utf-8")
RETRIEVAL = '[retrieval_efficiency]\nvalue = 0.5\nunit = "1"\nmark = "typical"\ncondition = "any"\nsource = "2024"\n'


@pytest.mark.parametrize("name", PATHS)
def test_every_value_has_its_unit_condition_source_and_mark(name):
    values = PLATFORMS[name].values()
    assert {"coherence_time", "link.distance", "link.pair_rate", "link.fidelity"} <= set(values)
    for value in values.values():
        assert value.unit in ("s", "m", "1", "1/s")
        assert value.mark in ("measured", "typical")
        assert value.condition
        assert any(year in value.source for year in map(str, range(2018, 2027)))


def test_platforms_of_the_paper_are_there_and_differ():
    assert set(PATHS) == {"nv_centre", "trapped_ion", "superconducting", "neutral_atom", "photonic_memory"}
    assert len({platform.name for platform in PLATFORMS.values()}) == 5
    times = {name: platform.coherence_time.value for name, platform in PLATFORMS.items()}
    assert times["superconducting"] < 1e-3 < times["nv_centre"] < times["trapped_ion"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value = 39\n", "value = 39\ncolour = 1\n", r"link\.pair_rate\.colour: expected a known field"),
        ("[relaxation_time]  ", "[relaxation_tme]  ", r"relaxation_tme: expected a known field, such as relaxation_time"),
        ('unit = "1/s"', 'unit = "Hz"', r'link\.pair_rate\.unit: expected one of "1/s"; got "Hz"'),
        ("value = 39\n", "value = 0\n", r"link\.pair_rate\.value: expected a number, above 0; got 0"),
        ("value = 39\n", "value = nan\n", r"link\.pair_rate\.value: expected a finite number"),
        ("value = 0.6\n", "value = 1.2\n", r"link\.fidelity\.value: expected a number, at least 0\.?0?, at most 1\.?0?; got 1\.2"),
        ("value = 1.0\n", "value = 7201\n", r"coherence_time: expected at most 2·T1 = 7200; got 7201"),
        ("modes = 1\n", "modes = 0\n", r"link\.modes: expected an integer, at least 1; got 0"),
        ('scheme = "single_photon"', 'scheme = "smoke"', r"link\.scheme: expected one of"),
        ("value = 2\n", "value = 3e5\n", r"link\.attempt_time: expected at least L/c = 0\.00100069; got 5e-06"),
        ("value = 5e-6\n", "value = 1e-3\n", r"link\.pair_rate: expected at most modes·success_probability·1/attempt_time = 0\.2; got 39"),
        ('[link]\n', RETRIEVAL + '[link]\n', r"retrieval_time: expected the efficiency and the decay time of retrieval, or neither"),
        ('mark = "measured"', 'mark = "guessed"', r'\.mark: expected one of "measured", "typical"; got "guessed"'),
        ('condition = "separation of the nodes"', 'condition = " "', r"link\.distance\.condition: expected a text that is not empty"),
        ('name = "NV centre"', "", r"name: expected a text; it is missing"),
    ],
)
def test_a_bad_file_is_refused_with_field_and_expectation(tmp_path, old, new, message):
    assert old in TEXT
    path = tmp_path / "bad.toml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=message) as caught:
        load_platform(path)
    assert caught.value.source == str(path)
    assert len(str(caught.value).splitlines()) == 1


@given(
    st.integers(0, TEXT.count(" = ") - 1),
    st.sampled_from(["-1", "0", "1e999", "nan", "inf", '""', '"s"', "true", "[]", "{}", "1e-400", str(2**70), "0.5", "1979-05-27"]),
)
@settings(deadline=None)
def test_whatever_a_file_says_it_loads_or_is_refused_in_one_line(tmp_path_factory, place, atom):
    lines, places = TEXT.splitlines(), [i for i, line in enumerate(TEXT.splitlines()) if " = " in line]
    lines[places[place]] = lines[places[place]].partition(" = ")[0] + f" = {atom}"
    path = tmp_path_factory.mktemp("files") / "any.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    message = ""
    try:
        load_platform(path)
    except BadInput as error:
        message = str(error)
    assert not message or message.startswith(str(path))
    assert len(message.splitlines()) <= 1


@given(st.floats(0, 0.01), st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 1e6))
def test_one_click_trades_fidelity_for_rate_and_two_do_not(eta, alpha, other, distance):
    low, high = sorted((alpha, other))
    dim, bright = (heralding("single_photon", eta, distance, brightness=a) for a in (low, high))
    assert dim.fidelity >= bright.fidelity
    assert dim.success <= bright.success
    both = [heralding("two_photon", eta, distance, brightness=a) for a in (low, high)]
    assert both[0] == both[1]
    assert both[0].success == eta**2 / 2
    assert both[0].latency >= distance / SPEED_OF_LIGHT


def test_without_an_attempt_time_light_alone_bounds_the_rate(tmp_path):
    path = tmp_path / "far.toml"
    path.write_text(TEXT[: TEXT.index("[link.attempt_time]")].replace("value = 2\n", "value = 3e5\n"), encoding="utf-8")
    with pytest.raises(BadInput, match=r"link\.pair_rate: expected at most modes·success_probability·c/L = 0\.19"):
        load_platform(path)


def test_retrieval_decays_exponentially_where_a_memory_holds_photons():
    memory = PLATFORMS["photonic_memory"]
    start, decay = memory.retrieval_efficiency.value, memory.retrieval_time.value
    assert memory.retrieval(0.0) == start
    assert memory.retrieval(decay * math.log(2)) == pytest.approx(start / 2)
    assert memory.retrieval(1.0) < 1e-100
    assert PLATFORMS["nv_centre"].retrieval(1.0) == 1


def test_operations_have_times_where_they_have_errors():
    for platform in PLATFORMS.values():
        for operation in ("single_qubit", "two_qubit", "measurement"):
            assert (getattr(platform, f"{operation}_error") is None) == (getattr(platform, f"{operation}_time") is None)
        times = (platform.single_qubit_time, platform.two_qubit_time, platform.measurement_time)
        assert all(time is None or time.value < platform.coherence_time.value for time in times)


def clicks(emitters, eta, dark):
    """The chance of exactly one click, in leading order a photon's or a dark count's, for so many emitted photons and two detectors."""
    return emitters * eta * (1 - eta) ** (emitters - 1) * (1 - dark) ** 2, (1 - eta) ** emitters * 2 * dark * (1 - dark)


@pytest.mark.parametrize(("eta", "dark"), [(1e-4, 0), (1e-4, 1e-6), (1e-5, 1e-5), (1e-6, 1e-4)])
@pytest.mark.parametrize("alpha", [0.1, 0.5])
def test_dark_counts_agree_with_what_each_click_leaves(eta, dark, alpha):
    """Each emission pattern and each origin of a click, one by one. Only a photon whose emitter nobody knows leaves a coherent pair."""
    total = good = 0.0
    for one, other in itertools.product((0, 1), repeat=2):
        chance = math.prod(alpha if bright else 1 - alpha for bright in (one, other))
        photon, noise = clicks(one + other, eta, dark)
        total += chance * (photon + noise)
        # |db⟩ and |bd⟩ make up Ψ+ in equal parts: coherent after a photon's click, a mixture of fidelity 1/2 after a dark count.
        good += chance * (photon + noise / 2) if one != other else 0
    found = heralding("single_photon", eta, 1, brightness=alpha, dark=dark)
    assert found.success == pytest.approx(total, rel=1e-3)
    assert found.fidelity == pytest.approx(good / total, rel=1e-3)

    total = good = 0.0
    for one, other in itertools.product((0, 1), repeat=2):
        (photon, noise), (late, late_noise) = clicks(one + other, eta, dark), clicks(2 - one - other, eta, dark)
        total += (photon + noise) * (late + late_noise) / 4
        # The photon that was not seen tells which emitter sent it.
        good += (photon * late + ((photon + noise) * (late + late_noise) - photon * late) / 2) / 4 if one != other else 0
    found = heralding("two_photon", eta, 1, brightness=alpha, dark=dark)
    assert found.success == pytest.approx(total, rel=1e-3)
    assert found.fidelity == pytest.approx(good / total, rel=1e-3)


@given(st.floats(1e-6, 0.01), st.floats(0, 1e-3), st.floats(0, 1e-3), st.sampled_from(["single_photon", "two_photon"]), st.floats(0, 1))
def test_dark_counts_herald_more_and_worse_pairs(eta, dark, more, scheme, visibility):
    less, worse = (heralding(scheme, eta, 10, brightness=0.2, visibility=visibility, dark=d) for d in sorted((dark, more)))
    assert worse.success >= less.success
    assert worse.fidelity <= less.fidelity + 1e-12
    assert heralding(scheme, 0.0, 10, brightness=0.2, dark=1e-9).fidelity == pytest.approx(0.16 if scheme == "single_photon" else 0.25)


def test_a_dark_count_rate_becomes_a_chance_per_window():
    assert dark_probability(0, 1) == dark_probability(1, 0) == 0
    assert dark_probability(math.log(2), 1) == pytest.approx(0.5)


def test_one_click_agrees_with_the_state_it_leaves():
    # Two emitters √(1-α)|d⟩ + √α|b⟩; one click at small η leaves |bd⟩ + |db⟩, or |bb⟩ with the share α of both having emitted.
    alpha, eta = 0.2, 1e-6
    one, two = 2 * alpha * (1 - alpha) * eta, alpha**2 * 2 * eta
    found = heralding("single_photon", eta, 1, brightness=alpha)
    assert found.success == pytest.approx(one + two, rel=1e-12)
    assert found.fidelity == pytest.approx(one / (one + two), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: least_latency(0), "distance must lie in"),
        (lambda: least_latency(math.inf), "distance must lie in"),
        (lambda: least_latency(1, index=0.9), "refractive index"),
        (lambda: heralding("single_photon", 1.1, 1), "detection probability"),
        (lambda: heralding("single_photon", 0.1, 1, brightness=-0.1), "brightness"),
        (lambda: heralding("single_photon", 0.1, 1, visibility=math.nan), "visibility"),
        (lambda: heralding("direct", 0.1, 1), "scheme must be"),
        (lambda: heralding("two_photon", 0.1, 1, dark=1.5), "dark count probability must lie in"),
        (lambda: heralding("two_photon", 0.1, 3000).rate(1e-6), r"duration of an attempt must lie in \[1\.00069e-05, ∞\) s; got 1e-06"),
        (lambda: heralding("two_photon", 0.1, 3000).rate(modes=0), "number of modes"),
        (lambda: dark_probability(-1, 1), "dark count rate in 1/s"),
        (lambda: dark_probability(1, math.inf), "detection window in s"),
        (lambda: PLATFORMS["nv_centre"].retrieval(-1), "storage time in s must lie in"),
        (lambda: Grid(1, 1, 3), "ends of a grid"),
        (lambda: Grid(1, 2, 0), "number of levels"),
        (lambda: Grid(1, 2, 3).level(0), "value must lie in"),
        (lambda: Grid(1, 2, 3).distribution(1, -1), "spread must lie in"),
        (lambda: leak([]), "number of platforms"),
        (lambda: leak([PLATFORMS["nv_centre"]], {"colour": Grid(1, 2, 3)}), "quantity of a descriptor"),
        (lambda: descriptor(PLATFORMS["nv_centre"], {"colour": Grid(1, 2, 3)}), "quantity of a descriptor"),
        (lambda: leak([PLATFORMS["nv_centre"]], {name: Grid(1, 2, 99) for name in COARSE}), "combinations of levels"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_absence_is_part_of_a_descriptor():
    assert descriptor(PLATFORMS["photonic_memory"])["two_qubit_error"] is None
    assert descriptor(PLATFORMS["trapped_ion"])["two_qubit_error"] == 0


@given(st.floats(-3, 3), st.floats(0.01, 3), st.integers(1, 9))
def test_levels_of_a_grid_are_a_distribution(exponent, decades, levels):
    chances = Grid(1e-2, 1e2, levels).distribution(10**exponent, decades)
    assert chances.shape == (levels,)
    assert chances.min() >= 0
    assert chances.sum() == pytest.approx(1, abs=1e-12)


def test_levels_occur_as_often_as_drawn_values_have_them():
    grid, rng = COARSE["coherence_time"], np.random.default_rng(5)
    drawn = [grid.level(value) for value in 10 ** rng.normal(math.log10(2e-2), 1.0, 20_000)]
    assert np.bincount(drawn, minlength=3) / 20_000 == pytest.approx(grid.distribution(2e-2, 1.0), abs=0.015)


def test_known_values_give_the_platform_away_as_often_as_descriptors_differ():
    known = list(PLATFORMS.values())
    distinct = len({tuple(descriptor(platform).values()) for platform in known})
    assert distinct == 5
    found = leak(known, decades=0)
    assert found.platform == found.values == pytest.approx(math.log2(5))


def test_leak_is_the_divergence_from_independence():
    # Independent formula: Σ P(k, q) log2 P(k, q)/(P(k)P(q)) over one quantity.
    known, grid, name = list(PLATFORMS.values()), COARSE["coherence_time"], "coherence_time"
    joint = np.array([grid.distribution(platform.coherence_time.value, 0.7) for platform in known]) / len(known)
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    expected = sum(p * math.log2(p / q) for p, q in zip(joint.ravel(), product.ravel(), strict=True) if p > 0)
    assert leak(known, {name: grid}, decades=0.7).platform == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("decades", [0.1, 0.5, 2.0])
def test_saying_less_never_leaks_more(decades):
    known = list(PLATFORMS.values())
    for names in itertools.combinations(COARSE, 2):
        fewer = leak(known, {name: COARSE[name] for name in names}, decades=decades)
        assert fewer.platform <= leak(known, decades=decades).platform + 1e-9
        assert fewer.values <= leak(known, decades=decades).values + 1e-9
    # Every second edge left out.
    fine, coarse = (leak(known, {"coherence_time": Grid(1e-4, 1e1, levels)}, decades=decades).platform for levels in (10, 6))
    assert coarse <= fine + 1e-12


def test_two_platforms_of_equal_values_cannot_be_told_apart():
    one = PLATFORMS["nv_centre"]
    twin = msgspec.structs.replace(one, name="twin")
    assert isinstance(twin, Platform)
    assert leak([one, twin]).platform == pytest.approx(0, abs=1e-12)
