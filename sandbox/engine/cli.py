"""The command line: the Pulumi CLI's words and options."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from sandbox.engine.errors import EngineError
from sandbox.engine.plugins import Registry
from sandbox.engine.session import Session

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Global:
    """What may stand before or after the command: -C, -s and their like."""

    registry: Registry
    cwd: Path = field(default_factory=Path.cwd)
    stack: str | None = None
    interactive: bool = True
    color: str = "auto"

    def session(self) -> Session:
        return Session(self.cwd, self.stack)


class Commands(click.Group):
    """Shows an EngineError as one line or two, without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EngineError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(error.status)


def _global(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def remember(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value is not None and not ctx.resilient_parsing:
            setattr(ctx.ensure_object(Global), name, value)

    return remember


def common(command: F) -> F:
    """The options that every command takes, before it and after it."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    options = [
        click.option("-s", "--stack", expose_value=False, callback=_global("stack"), help="The stack to work on."),
        click.option(
            "-C", "--cwd", type=folder, expose_value=False, callback=_global("cwd"), help="Work as if started there."
        ),
        click.option(
            "--non-interactive",
            "interactive",
            flag_value=False,
            default=None,
            type=bool,
            expose_value=False,
            callback=_global("interactive"),
            help="Ask nothing.",
        ),
        click.option(
            "--color",
            type=click.Choice(["always", "never", "raw", "auto"]),
            expose_value=False,
            callback=_global("color"),
            help="Whether to use colors.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@common
def cli() -> None:
    """The sandbox's own engine for Pulumi programs in Python."""
