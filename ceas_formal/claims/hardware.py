"""Section II.E: hardware platforms and the descriptors that summarise them."""

from __future__ import annotations

import math

from ceas_formal.claims.ledger import Verdict, claim

DECADES = 0.5
"""The prior of HWR-1: one standard deviation of a device around its platform is a factor of 3.2."""


@claim("HWR-1", "II.E", "platform descriptors, coarse and private", expected="checked")
def descriptors_are_coarse_and_their_leak_is_stated() -> Verdict:
    """Five platforms are described by values with unit, condition, citation and a mark, measured or typical; three log-levels of four of
    them (T2, two-qubit error, pair rate, infidelity of a pair) make a descriptor of 3·log₂3 + 2 = 6.75 bits.

    Coarse it is, private it is not: with equally likely platforms and devices spread by half a decade it tells 2.30 of the 2.32 bits of
    which platform it is, and 2.94 more about the values of the device. One quantity at three levels tells up to 1.2 bits, and that a
    photonic memory has no gates at all .72. Merging levels never leaks more; fewer levels between other edges may.

    II.E calls NV centres a matter of milliseconds and superconducting qubits one of microseconds: with decoupling the first reach
    seconds, and the best transmons half a millisecond.
    """
    from ceas_formal.physics.descriptors import COARSE, Grid, descriptor, leak
    from ceas_formal.physics.heralding import heralding, least_latency
    from ceas_formal.simulate.platforms import load_platform, packaged_platforms

    platforms = {name: load_platform(path) for name, path in packaged_platforms().items()}
    known = list(platforms.values())
    told, every = leak(known, decades=DECADES), math.log2(len(known))
    single = {name: leak(known, {name: grid}, decades=DECADES) for name, grid in COARSE.items()}
    silent = leak(known, {name: Grid(grid.low, grid.high, 1) for name, grid in COARSE.items()}, decades=DECADES)
    finer = leak(known, {name: Grid(grid.low, grid.high, 9) for name, grid in COARSE.items()}, decades=DECADES)
    # The edges of each of these grids are among those of the next, so going back merges levels, which can only lose information.
    merged = [leak(known, {"coherence_time": Grid(1e-4, 1e1, levels)}, decades=DECADES).platform for levels in (1, 3, 4, 6, 10)]
    values = [value for platform in known for value in platform.values().values()]
    trade = [heralding("single_photon", 4e-4, 2, brightness=alpha) for alpha in (0.05, 0.25)]
    checks = [
        len(known) == 5 and all(value.source.strip() and value.mark in ("measured", "typical") for value in values),
        0 <= told.platform <= min(every, told.values) and told.sent <= 3 * math.log2(3) + 2 + 1e-12,
        all(one.platform <= told.platform + 1e-9 for one in single.values()),
        0 < silent.platform <= silent.sent,
        merged == sorted(merged),
        finer.values > told.values + 1,
        trade[0].fidelity > trade[1].fidelity and trade[0].success < trade[1].success,
        all(
            platform.link.success_probability is None
            or platform.link.pair_rate.value
            <= platform.link.modes * platform.link.success_probability.value / least_latency(platform.link.distance.value)
            for platform in known
        ),
    ]
    return Verdict(
        "checked" if all(checks) else "unknown",
        "table with citations; mutual information summed over all descriptors",
        f"the packaged platforms, equally likely, values log-normal with {DECADES} decades around them, independent",
        {
            "platforms": {
                name: {
                    "T2_s": platform.coherence_time.value,
                    "pairs_per_s": platform.link.pair_rate.value,
                    "descriptor": descriptor(platform),
                    "measured": sum(value.mark == "measured" for value in platform.values().values()),
                    "typical": sum(value.mark == "typical" for value in platform.values().values()),
                    "sources": sorted({value.source for value in platform.values().values()}),
                }
                for name, platform in platforms.items()
            },
            "bits": {
                "sent": round(told.sent, 4), "about_the_values": round(told.values, 4), "about_the_platform": round(told.platform, 4),
                "about_the_values_of_a_known_platform": round(told.values - told.platform, 4),
                "of_the_platform": round(every, 4),
                "about_the_platform_by_one_quantity": {name: round(one.platform, 4) for name, one in single.items()},
                "about_the_platform_by_absence_alone": round(silent.platform, 4),
            },
            "heralding": [{"success": one.success, "fidelity": round(one.fidelity, 4), "latency_s": one.latency} for one in trade],
            "weakened": {"nine levels each": {"about_the_values": round(finer.values, 4), "sent": round(finer.sent, 4)}},
            "recompute": "abs(descriptors.leak([platforms.load_platform(p) for p in platforms.packaged_platforms().values()])"
            ".platform - 2.295) < .001",
        },
        ("the prior: equal chances, log-normal values, independent given the platform", "values as the cited sources have them"),
    )  # fmt: skip
