"""The columns of the study of CEAS+: who attacks how, with what beside messages, and whether CEAS+ had seen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ceas_formal.learning.attacks.distance_limited import min_max, min_sum
from ceas_formal.simulate.experiment.plus.attacks import (
    Tactic,
    alternating,
    burst,
    estranged,
    hidden,
    inner,
    inside,
    lasting_blur,
    little,
    mimic,
    mix,
    off_checkpoint,
    pairs_of_copies,
    slow,
    turning,
    two_crowds,
)
from ceas_formal.simulate.experiment.plus.held_out import instalments, lever, tailored, undertow
from ceas_formal.simulate.experiment.plus.white_box import ambush, amends, brake, frame, relay, searched, spokes, strangers


@dataclass(frozen=True)
class Column:
    """One column of the table.

    Parameters
    ----------
    name : str
    tactic : callable
        What Byzantine nodes send from the onset on.
    status : {"tuned", "seen", "new"}
        Whether CEAS+ was designed with this column in view, run against it before without being changed for it, or never before its table.
    tampered : bool
        The messages are falsified on the wire, after they were tagged; an insider falsifies before.
    stamps : bool
        Stamps are in use: 20% errors give Byzantine nodes low ones, and they claim 1.
    exhaustion : bool
        Byzantine nodes request all Bell pairs of a round; without quotas an honest message is served with chance `SERVED`. Rules of the
        literature do not look at what is served: they are given every message.
    """

    name: str
    tactic: Tactic
    status: Literal["tuned", "seen", "new"] = "seen"
    tampered: bool = False
    stamps: bool = False
    exhaustion: bool = False


SERVED = 250 / (30 * 6 + 250)
"""Chance of an honest request when 250 pairs meet 30 requests of 6 and Byzantine requests of the whole budget, served at random."""

COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("none", lambda sight: sight.own, status="tuned"),
        Column("gaussian", lambda sight: sight.paper("gaussian"), status="tuned"),
        Column("reversal", lambda sight: sight.paper("reversal"), status="tuned"),
        Column("scaling", lambda sight: sight.paper("scaling"), status="tuned"),
        Column("mix", mix, status="tuned"),
        Column("off_checkpoint", off_checkpoint, status="tuned"),
        Column("sign_flip", inner(1.0), status="tuned"),
        Column("alie_1.5", little(1.5), status="tuned"),
        Column("alie_0.84", little(0.84), status="tuned"),
        Column("ipm_1.2", inner(1.2), status="tuned"),
        Column("mimic", mimic, status="tuned"),
        Column("min_max", lambda sight: min_max(sight.honest, len(sight.own)), status="tuned"),
        Column("label_flip", lambda sight: sight.flipped, status="tuned"),
        Column("lying_stamps", mix, stamps=True),
        Column("tampered_channel", lambda sight: sight.paper("reversal"), status="tuned", tampered=True),
        Column("insider", lambda sight: sight.paper("reversal")),
        Column("pair_exhaustion", mix, exhaustion=True),
        Column("barrier", hidden, status="tuned"),
        Column("alie_0.5", little(0.5), status="tuned"),
        Column("alie_3", little(3.0)),
        Column("ipm_0.5", inner(0.5), status="tuned"),
        Column("ipm_5", inner(5.0), status="tuned"),
        Column("min_sum", lambda sight: min_sum(sight.honest, len(sight.own))),
        Column("blurred_alie", little(1.5, 0.3), status="tuned"),
        Column("lasting_blur", lasting_blur(1.5, 0.3), status="tuned"),
        Column("lasting_blur_2", lasting_blur(1.0, 0.2), status="tuned"),
        Column("lasting_blur_3", lasting_blur(1.5, 0.6), status="tuned"),
        Column("slow", slow),
        Column("alternating", alternating, status="tuned"),
        Column("pairs_of_copies", pairs_of_copies),
        Column("inside_2", inside(2.0), status="tuned"),
        Column("inside_2.5", inside(2.5, 0.5), status="tuned"),
        Column("wide_2.5", inside(2.5, 1.0), status="tuned"),
        Column("wide_3", inside(3.0, 1.0), status="tuned"),
        Column("inside_3", inside(3.0), status="tuned"),
        Column("inside_4", inside(4.0), status="tuned"),
        Column("inside_6", inside(6.0, 0.7), status="tuned"),
        Column("alie_2.2", little(2.2)),
        Column("ipm_3", inner(3.0), status="tuned"),
        Column("min_max_mean", lambda sight: min_max(sight.honest, len(sight.own), direction="negative_mean")),
        Column("min_sum_sign", lambda sight: min_sum(sight.honest, len(sight.own), direction="negative_sign")),
        Column("triple_flip", lambda sight: 3 * sight.flipped, status="tuned"),
        Column("two_crowds", two_crowds, status="tuned"),
        Column("burst", burst),
        Column("turning", turning),
        Column("estranged", estranged, status="tuned"),
        Column("amends", amends, status="tuned"),
        Column("searched", searched, status="tuned"),
        Column("brake", brake, status="tuned"),
        Column("ambush", ambush, status="tuned"),
        Column("relay", relay),
        Column("spokes", spokes),
        Column("frame", frame, status="tuned"),
        Column("strangers", strangers, status="tuned"),
        Column("instalments", instalments, status="new"),
        Column("undertow", undertow, status="new"),
        Column("lever", lever, status="new"),
        Column("tailored", tailored, status="new"),
    )
}
