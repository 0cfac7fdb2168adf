"""The study of CEAS+ as text: accuracies in percent, differences in points, both with what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

from ceas_formal.simulate.experiment.plus.goals import goals
from ceas_formal.simulate.experiment.plus.graph import GOSSIP_RULES
from ceas_formal.simulate.experiment.plus.study import OURS, RULES, SETTLED
from ceas_formal.simulate.experiment.plus.table import share_interval

MARKS = {"tuned": "", "seen": " *", "new": " **"}


def plus_page(found: dict[str, Any]) -> str:
    """Return everything that :meth:`~ceas_formal.simulate.experiment.plus.plan.Plan.found` returns, as text."""
    whole = found["table"]
    lines = [
        f"ceiling, training on the whole population: {100 * found['ceiling']:.2f}%; nodes hidden in honest noise can take "
        f"{100 * found['barrier']:.2f} points from every rule",
        f"* seen before but not tuned on, ** new; ours-best: CEAS+ less the best baseline, seed by seed; worst: lowest of CEAS+ after "
        f"round {SETTLED}; harm: gained when one Byzantine node is removed; ±: 95% intervals over seeds",
        "",
        *_goals(found),
        "",
    ]
    for drift in (False, True):
        chosen = [entry for entry in whole if entry["drift"] == drift]
        if chosen:
            title = f"{'with' if drift else 'without'} drift, {chosen[0]['seeds']} seeds: final accuracy [%]"
            lines += [*_table(title, chosen, None if drift else found["harm"]), *_families(chosen), *_worst(chosen, found["honest"]), ""]
    if found["same_protocol"]:
        title = "the same protocol for all rules, tags checked, stamps witnessed, pairs reserved: final accuracy [%]"
        note = "a refused message counts as one of the f faults of a rule of the literature; these rules read no stamps"
        lines += [*_table(title, found["same_protocol"]), note, ""]
    for name, entries in found["other_data"].items():
        lines += [*_table(f"{name}, {entries[0]['seeds']} seeds, no drift: final test accuracy [%]", entries), ""]
    lines += _graphs(found["graphs"])
    return "\n".join(lines)


def _goals(found: dict[str, Any]) -> list[str]:
    """Return what was asked, and the column that comes nearest to missing it or misses it most."""
    lines = [f"{'asked for: in every column':74}{'drift':>7}{'bar':>9}{'reached':>9}  decided by"]
    for goal in goals(found):
        mark = "" if goal["met"] else "  MISSED"
        shown = f"{100 * goal['bar']:9.2f}{100 * goal['reached']:9.2f}  {goal['column']}{mark}"
        lines.append(f"{goal['goal']:74}{'yes' if goal['drift'] else 'no':>7}{shown}")
    return lines


def _points(pair: tuple[float, float]) -> str:
    """Return a mean and half its interval in points, 16 characters; one seed has no interval."""
    return f"{100 * pair[0]:+9.2f}" + (f" ±{100 * pair[1]:5.2f}" if isfinite(pair[1]) else 7 * " ")


def _table(title: str, entries: Sequence[dict[str, Any]], harm: Mapping[str, Any] | None = None) -> list[str]:
    """Return a title, the names of the rules, and a line for each attack."""
    rules = [rule for rule in RULES if rule in entries[0]["final"]]
    tail = f"{'ours-best':>16}{'worst':>7}{'byz out':>9}{'weight':>8}{'honest out':>11}"
    if harm:
        tail += f"{'harm to mean':>16}{'to ours':>16}"
    lines = [title, f"{'attack':20}" + "".join(f"{name[:9]:>10}" for name in rules) + tail]
    for entry in entries:
        line = f"{entry['column'] + MARKS[entry['status']]:20}" + _accuracies([entry["final"].get(name, nan) for name in rules])
        if "best" in entry:
            line += _points(entry["difference"]) + f"{100 * entry['lowest'][OURS]:7.1f}"
            shares = (("isolated_byzantine", 8, 1), ("byzantine_weight", 7, 1), ("isolated_honest", 10, 2))
            line += "".join(f"{100 * entry[name]:{width}.{digits}f}%" for name, width, digits in shares)
        if harm and entry["column"] in harm:
            line += "".join(_points(harm[entry["column"]][rule]) for rule in ("mean", OURS) if rule in harm[entry["column"]])
        lines.append(line)
    return lines


def _accuracies(values: Sequence[float]) -> str:
    return "".join(f"{100 * value:10.2f}" for value in values)


def _families(entries: Sequence[dict[str, Any]]) -> list[str]:
    """Return what an attacker who knows the rule would choose among the strengths of one attack."""
    lines = []
    for family in ("alie", "ipm"):
        kin = [entry["final"] for entry in entries if entry["column"].startswith(f"{family}_")]
        if len(kin) > 1:
            lines.append(f"{family + ', worst':20}" + _accuracies([min(final[name] for final in kin) for name in kin[0]]))
    return lines


def _worst(entries: Sequence[dict[str, Any]], honest: int) -> list[str]:
    """Return the worst column and the worst run of each rule, and how many honest nodes were ever out."""
    if not all("best" in entry for entry in entries):
        return []
    rules = list(entries[0]["final"])
    ever, nodes = sum(entry["ever_honest"] for entry in entries), sum(honest * entry["seeds"] for entry in entries)
    low, high = share_interval(ever, nodes)
    return [
        f"{'worst column':20}" + _accuracies([min(entry["final"][name] for entry in entries) for name in rules]),
        f"{'worst run':20}" + _accuracies([min(entry["lowest"][name] for entry in entries) for name in rules]),
        f"honest nodes ever out: {ever} of {nodes}, {100 * low:.2f} to {100 * high:.2f}%",
    ]


def _graphs(entries: Sequence[dict[str, Any]]) -> list[str]:
    """Return a table for each degree: the mean and the worst accuracy of honest nodes under each rule."""
    lines: list[str] = []
    for degree in dict.fromkeys(entry["degree"] for entry in entries):
        chosen = [entry for entry in entries if entry["degree"] == degree]
        seeds = chosen[0]["seeds"]
        lines.append(f"random regular graph of degree {degree}, {seeds} seeds: mean and worst accuracy of honest nodes [%]")
        lines.append(f"{'attack':20}" + "".join(f"{rule:>18}" for rule in GOSSIP_RULES) + f"{'outvoted':>10}")
        for attack in dict.fromkeys(entry["attack"] for entry in chosen):
            by_rule = {entry["rule"]: entry for entry in chosen if entry["attack"] == attack}
            shown = "".join(f"{100 * by_rule[rule]['final']:10.2f}{100 * by_rule[rule]['worst']:8.1f}" for rule in GOSSIP_RULES)
            lines.append(f"{attack:20}{shown}{by_rule[GOSSIP_RULES[0]]['outvoted']:10d}")
        lines.append("")
    return lines
