"""The command line: the Pulumi CLI's words and options."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sandbox.engine.errors import EngineError
from sandbox.engine.session import Session

if TYPE_CHECKING:
    from sandbox.engine.plugins import Registry

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Global:
    """What may stand before or after the command: -C, -s and their like."""

    registry: "Registry"
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


_MODULES = {
    "cancel": "cli_cancel",
    "config": "cli_config",
    "destroy": "cli_update",
    "preview": "cli_update",
    "refresh": "cli_update",
    "stack": "cli_stack",
    "up": "cli_update",
    "update": "cli_update",
}


class LazyCommands(Commands):
    """Loads a command's module when it is called: only those that run a program need the SDK, a slow import."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _MODULES:
            import_module(f"sandbox.engine.{_MODULES[cmd_name]}")
        return super().get_command(ctx, cmd_name)


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


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@common
def cli() -> None:
    """The sandbox's own engine for Pulumi programs in Python."""
