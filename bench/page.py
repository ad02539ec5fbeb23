"""docs/performance.md as `make bench` writes it."""

import os
import platform
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bench.figure import Figure
from ops.remote.stack import PROJECT

WIDTH = 118


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table of the page; `text` describes what was measured, and how."""

    title: str
    text: str
    figures: Sequence[Figure]


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """When, on which machine and with which CLI it was measured, and the other load on the machine, in words."""

    day: date
    machine: str
    cli: str
    beside: str

    @classmethod
    def now(cls) -> "Circumstances":
        return cls(day=datetime.now(UTC).date(), machine=_machine(), cli=_cli(), beside=_beside())


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.node()}: {os.cpu_count()} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}"


def _cli() -> str:
    environ = {**os.environ, "PULUMI_STACK": "sandbox"}
    version = subprocess.run(
        [PROJECT / "pulumiw", "version"], capture_output=True, text=True, check=True, env=environ
    )
    return f"Pulumi CLI {version.stdout.strip()}"


def _beside() -> str:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
    hosts = [name for name in listed if name.startswith("apollo-") and name.count("-") > 1]
    return f"the load average was {os.getloadavg()[0]:.1f}, and {len(hosts)} hosts of other sandboxes ran"


def report(parts: Sequence[Part], when: Circumstances) -> str:
    """The page in Markdown."""
    made = (
        f"Written by `make bench` on {when.day.isoformat()}, with the {when.cli}, on {when.machine}. At its start, "
        f"{when.beside}."
    )
    return f"""# Performance

{textwrap.fill(f"{made} Medians, with the range of all runs.", WIDTH)}
{"".join(map(_part, parts))}"""


def _part(part: Part) -> str:
    rows = "\n".join(f"| {figure.name} | {figure.measured} | {figure.aim} |" for figure in part.figures)
    return f"""
## {part.title}

{textwrap.fill(part.text, WIDTH)}

| what | measured | aim |
|---|---|---|
{rows}
"""
