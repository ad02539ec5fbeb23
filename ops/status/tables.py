"""The tables of `make status`."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.table import Table

from ops.status.survey import Finding

_COLUMNS_MOST = 12
"""With more nodes than these, a table has a count in place of a column for each node."""


def nodes_table(findings: Sequence[Finding]) -> Table:
    table = Table(title="nodes", title_justify="left")
    for heading in ("node", "index", "bridge", "router", "peers", "data path"):
        table.add_column(heading)
    for found in findings:
        of = len(found.connected) + len(found.unconnected)
        peers = f"{len(found.connected)} of {of}"
        if found.unconnected and not found.failure:
            peers += f", not {', '.join(sorted(found.unconnected))}"
        known = ("?", "?", "?") if found.failure else (found.router, peers, data_paths(found.connected))
        table.add_row(found.name, str(found.index), found.bridge, *known, style=None if found.well else "red")
    return table


def data_paths(connected: Mapping[str, str]) -> str:
    """The data path of most connections, and each other one with its nodes: `fastdp; sleeve to slave-2`."""
    counted = Counter(connected.values()).most_common()
    others = (
        f"{other} to {', '.join(sorted(name for name, used in connected.items() if used == other))}"
        for other, _ in counted[1:]
    )
    return "; ".join((*(most for most, _ in counted[:1]), *others))


def services_table(findings: Sequence[Finding]) -> Table:
    rows: dict[str, dict[str, bool]] = {}
    for found in findings:
        for service in found.services:
            rows.setdefault(service, {})[found.name] = service not in found.problems
    return _matrix("services", rows, [found.name for found in findings], "well")


def traffic_table(findings: Sequence[Finding]) -> Table:
    names = [found.name for found in findings]
    rows = {found.name: {name: bool(found.reached.get(name)) for name in names} for found in findings}
    return _matrix("HTTP from a container on (row) to a container on (column)", rows, names, "answered")


def _matrix(title: str, rows: Mapping[str, Mapping[str, bool]], nodes: Sequence[str], counted: str) -> Table:
    """A row of verdicts for each name in `rows`, with a column for each node, or one column for their count."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    if len(nodes) > _COLUMNS_MOST:
        table.add_column(counted)
        for name, verdicts in rows.items():
            failed = [node for node, well in verdicts.items() if not well]
            missing = f", not {', '.join(failed)}" if failed else ""
            table.add_row(name, f"{len(verdicts) - len(failed)} of {len(verdicts)}{missing}")
        return table
    for node in nodes:
        table.add_column(node, justify="center")
    shown = {True: "[green]ok[/]", False: "[red]FAILS[/]", None: ""}
    for name, verdicts in rows.items():
        table.add_row(name, *(shown[verdicts.get(node)] for node in nodes))
    return table
