"""`make status`: every node, its services, and whose containers reach whose; exits 0 only when all is well."""

import asyncio
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from ops.stack import OperatorError, Stack, complain
from ops.survey import Finding, survey

_COLUMNS_MOST = 12
"""Larger clusters get a count for each node in place of a column for each."""


def nodes_table(findings: Sequence[Finding]) -> Table:
    table = Table(title="nodes", title_justify="left")
    for heading in ("node", "index", "bridge", "router", "peers"):
        table.add_column(heading)
    for found in findings:
        of = len(found.connected) + len(found.unconnected)
        peers = f"{len(found.connected)} of {of}"
        if found.unconnected and not found.trouble:
            peers += f", not {', '.join(sorted(found.unconnected))}"
        router, peers = ("?", "?") if found.trouble else (found.router, peers)
        table.add_row(found.name, str(found.index), found.bridge, router, peers, style=None if found.well else "red")
    return table


def services_table(findings: Sequence[Finding]) -> Table:
    table = Table(title="services", title_justify="left")
    table.add_column("")
    names = list(dict.fromkeys(name for found in findings for name in found.services))
    for name in names:
        table.add_column(name, justify="center")
    for found in findings:
        table.add_row(
            found.name, *(_cell(name not in found.unwell) if name in found.services else "" for name in names)
        )
    return table


def _cell(well: bool) -> str:
    return "[green]ok[/]" if well else "[red]FAILS[/]"


def traffic_table(findings: Sequence[Finding]) -> Table:
    table = Table(title="HTTP from a container on (row) to a container on (column)", title_justify="left")
    table.add_column("")
    names = [found.name for found in findings]
    if len(names) > _COLUMNS_MOST:
        table.add_column("answered")
        for found in findings:
            failed = [name for name in names if not found.reached.get(name)]
            missing = f", not {', '.join(failed)}" if failed else ""
            table.add_row(found.name, f"{len(names) - len(failed)} of {len(names)}{missing}")
        return table
    for name in names:
        table.add_column(name, justify="center")
    for found in findings:
        table.add_row(found.name, *(_cell(found.reached.get(name, False)) for name in names))
    return table


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Ask every node of the stack STACK how it is, and its containers whether they reach each other."""
    console = Console()
    try:
        nodes = Stack(stack).nodes()
        key = Stack(stack).write_key_file().read_text()
    except OperatorError as error:
        complain(error)
    findings = asyncio.run(survey(nodes, key))
    console.print(nodes_table(findings))
    if any(found.services for found in findings):
        console.print(services_table(findings))
    console.print(traffic_table(findings))
    for found in findings:
        for problem in filter(None, (found.trouble, *found.unwell.values())):
            console.print(f"{found.name}: {problem}", style="red", markup=False, highlight=False)
    raise SystemExit(0 if all(found.well for found in findings) else 1)


if __name__ == "__main__":
    main()
