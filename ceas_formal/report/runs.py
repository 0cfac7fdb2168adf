"""Runs of the simulator: a summary as data, and as a page."""

from __future__ import annotations

from typing import Any

from ceas_formal.report.tables import rendered, table_of
from ceas_formal.simulate.monitor import Monitor
from ceas_formal.simulate.run import Outcome, Setting
from ceas_formal.simulate.scenario import Scenario


def run_summary(scenario: Scenario, seed: int, setting: Setting, outcome: Outcome, monitor: Monitor, seconds: float) -> dict[str, Any]:
    """Return what came of a run, JSON-ready."""
    decisions = []
    for epoch, decided in sorted(outcome.decisions.items()):
        value = next(iter(decided.values()))[1]
        decisions.append(
            {
                "epoch": epoch, "nodes": len(decided), "values": len(outcome.values(epoch)),
                "ticks": outcome.lateness(epoch, setting.network.stable_from), "uses": len(value.uses),
                "byzantine_uses": sum(use.node in setting.byzantine for use in value.uses), "next_active": len(value.next_active),
            }
        )  # fmt: skip
    return {
        "title": scenario.title, "seed": seed, "nodes": setting.rules.nodes, "byzantine": len(setting.byzantine),
        "faults": setting.rules.faults, "false_accepts": setting.rules.false_accepts,
        "adversary": scenario.simulation.adversary if scenario.simulation else "", "rounds": scenario.consensus.cadence * len(decisions),
        "complete": outcome.complete, "agreement": all(entry["values"] == 1 for entry in decisions), "decisions": decisions,
        "time": outcome.time, "events": outcome.events, "messages": outcome.messages,
        "monitor": {
            "steps": monitor.events, "violations": [str(violation) for violation in monitor.violations],
            "outside_the_assumptions": {str(epoch): broken for epoch, broken in monitor.outside().items() if epoch < setting.epochs},
        },
        "seconds": round(seconds, 3),
    }  # fmt: skip


def run_page(summary: dict[str, Any]) -> str:
    """Return the summary of a run as a page: one line for each checkpoint, then what the monitor found."""
    table = table_of("epoch", "decided by", "values", "ticks it took", "payloads used", "of Byzantine nodes", "next active set")
    honest = summary["nodes"] - summary["byzantine"]
    for entry in summary["decisions"]:
        table.add_row(
            str(entry["epoch"]), f"{entry['nodes']} of {honest}", str(entry["values"]), str(entry["ticks"]), str(entry["uses"]),
            str(entry["byzantine_uses"]), str(entry["next_active"]),
        )  # fmt: skip
    size = f"N = {summary['nodes']}, f = {summary['faults']}, a = {summary['false_accepts']}, {summary['byzantine']} Byzantine"
    monitor = summary["monitor"]
    lines = [f"{summary['title'] or 'a run'} · {size} · adversary {summary['adversary']} · seed {summary['seed']}", "", table, ""]
    if summary["complete"]:
        lines.append("every honest node decided")
    else:
        stopped = f"stopped at tick {summary['time']:,}, by when all should have, or at its last event"
        lines.append(f"not every honest node decided: {stopped}")
    if idle := [str(entry["epoch"]) for entry in summary["decisions"] if not entry["uses"]]:
        lines.append(f"no payload was used in epoch {', '.join(idle)}: none had 2f+a+1 nodes that found it good")
    lines.append("no two honest nodes decided differently" if summary["agreement"] else "honest nodes decided DIFFERENTLY")
    for epoch, broken in monitor["outside_the_assumptions"].items():
        lines.append(f"outside the assumptions in epoch {epoch}: {', '.join(broken)}; nothing is promised there")
    found = monitor["violations"]
    lines.append(f"{monitor['steps']:,} steps held against the specification: {'all allowed' if not found else f'{len(found)} violations'}")
    lines += [f"  {violation}" for violation in found[:10]] + ([f"  and {len(found) - 10} more"] if len(found) > 10 else [])
    lines.append(f"{summary['events']:,} events, {summary['messages']:,} messages to honest nodes, {summary['seconds']:.2f} s")
    return rendered(*lines)
