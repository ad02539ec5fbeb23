"""stack init|ls|output|rm|select, and cancel."""

import json
import os
from typing import Any

import click

from sandbox.engine.checkpoint import VERSION, Deployment
from sandbox.engine.cli import Commands, Global, cli, common
from sandbox.engine.display.outputs import bare, outputs_of, print_outputs
from sandbox.engine.errors import EngineError
from sandbox.engine.lock import holders
from sandbox.engine.resource import now
from sandbox.engine.selection import select, selected
from sandbox.engine.session import Session
from sandbox.engine.state import State, Store
from sandbox.engine.values import redact, reveal


@cli.group(cls=Commands, invoke_without_command=True)
@common
@click.pass_context
def stack(ctx: click.Context) -> None:
    """Make, list and look at stacks."""
    if ctx.invoked_subcommand is None:
        _describe(ctx.find_object(Global).session())  # type: ignore[union-attr]


def _describe(session: Session) -> None:
    deployment = session.load()
    click.echo(f"Current stack is {session.stack}:\n    Last updated: {deployment.time}")
    click.echo(f"Current stack resources ({len(deployment.resources)}):")
    for resource in deployment.resources:
        click.echo(f"    {resource.type}  {resource.name}")
    click.echo("")
    print_outputs(redact(outputs_of(deployment)))


@stack.command("init")
@common
@click.argument("name", required=False)
@click.option("--no-select", is_flag=True, help="Leave the selected stack as it is.")
@click.option("--secrets-provider", type=click.Choice(["default", "passphrase"]), default="default")
@click.pass_obj
def init(given: Global, name: str | None, no_select: bool, secrets_provider: str) -> None:  # noqa: ARG001 - there is one
    """Make a stack, empty."""
    given.stack = name or given.stack
    if not given.stack:
        raise EngineError("name the stack: stack init NAME")
    session = given.session()
    if not session.stack.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise EngineError(f"stack name {session.stack!r}: letters, digits, - _ and . only")
    if session.backend.state_file(session.stack).exists():
        raise EngineError(f"stack '{session.stack}' already exists")
    store = Store(session.backend, session.stack, session.codec)
    session.backend.write(session.stack, store.rendered(State(Deployment(time=now(), version=VERSION))))
    if not no_select:
        select(session.project, session.backend, session.stack, os.environ)
    click.echo(f"Created stack '{session.stack}'")


@stack.command("ls")
@common
@click.option("-j", "--json", "as_json", is_flag=True)
@click.pass_obj
def ls(given: Global, as_json: bool) -> None:
    """List the project's stacks."""
    session = given.session()
    current = selected(session.project, session.backend, os.environ)
    rows = [_row(session, name, current=name == current) for name in session.backend.stack_names()]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    click.echo(f"{'NAME':<20}  {'LAST UPDATE':<28}  RESOURCE COUNT")
    for row in rows:
        mark = "*" if row["current"] else ""
        click.echo(f"{row['name'] + mark:<20}  {row['lastUpdate']:<28}  {row['resourceCount']}")


def _row(session: Session, name: str, *, current: bool) -> dict[str, Any]:
    latest = session.backend.read(name).get("checkpoint", {}).get("latest") or {}
    return {
        "name": name,
        "current": current,
        "lastUpdate": (latest.get("manifest") or {}).get("time", ""),
        "updateInProgress": bool(holders(session.backend.lock_folder(name))),
        "resourceCount": len(latest.get("resources") or ()),
    }


@stack.command("output")
@common
@click.argument("name", required=False)
@click.option("-j", "--json", "as_json", is_flag=True)
@click.option("--show-secrets", is_flag=True)
@click.pass_obj
def output(given: Global, name: str | None, as_json: bool, show_secrets: bool) -> None:
    """Show the stack's outputs, or one of them."""
    outputs = outputs_of(given.session().load())
    if name is not None and name not in outputs:
        raise EngineError(f"current stack does not have output property '{name}'")
    shown = reveal(outputs) if show_secrets else redact(outputs)
    if as_json:
        click.echo(json.dumps(shown if name is None else shown[name], indent=2, ensure_ascii=False))
    elif name is not None:
        click.echo(bare(shown[name]))
    else:
        print_outputs(shown)


@stack.command("select")
@common
@click.argument("name", required=False)
@click.option("-c", "--create", is_flag=True, help="Make the stack if there is none.")
@click.pass_context
def select_stack(ctx: click.Context, name: str | None, create: bool) -> None:
    """Choose the stack that commands without -s work on."""
    given = ctx.find_object(Global)
    assert given is not None  # noqa: S101 - the group made one
    given.stack = name or given.stack
    session = given.session()
    if create and not session.backend.state_file(session.stack).exists():
        ctx.invoke(init, name=session.stack, no_select=False, secrets_provider="default")
    session.backend.read(session.stack)
    select(session.project, session.backend, session.stack, os.environ)


@stack.command("rm")
@common
@click.argument("name", required=False)
@click.option("-y", "--yes", is_flag=True)
@click.option("-f", "--force", is_flag=True, help="Even if it still has resources.")
@click.option("--preserve-config", is_flag=True, help="Keep Pulumi.<stack>.yaml.")
@click.pass_obj
def rm(given: Global, name: str | None, yes: bool, force: bool, preserve_config: bool) -> None:
    """Forget a stack and its config file."""
    given.stack = name or given.stack
    session = given.session()
    latest = session.backend.read(session.stack).get("checkpoint", {}).get("latest") or {}
    if latest.get("resources") and not force:
        raise EngineError(
            f"'{session.stack}' still has resources; removal rejected. Possible actions:\n"
            "- Make sure that '" + session.stack + "' is the stack that you want to destroy\n"
            "- Run `pulumi destroy` to delete the resources, then run `pulumi stack rm`"
        )
    if not yes:
        click.confirm(f"This will permanently remove the '{session.stack}' stack!", abort=True)
    session.backend.remove(session.stack)
    if not preserve_config:
        session.project.stack_file(session.stack).unlink(missing_ok=True)
    if selected(session.project, session.backend, os.environ) == session.stack:
        select(session.project, session.backend, "", os.environ)
    click.echo(f"Stack '{session.stack}' has been removed!")
