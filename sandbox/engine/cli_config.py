"""config, config get|set|rm."""

import json
import sys
from typing import Any

import click

from sandbox.engine.cli import Commands, Global, cli, common
from sandbox.engine.config import Setting, as_text
from sandbox.engine.config_edit import follow, put, typed
from sandbox.engine.errors import EngineError
from sandbox.engine.paths import parse
from sandbox.engine.session import Session
from sandbox.engine.stackfile import SECURE
from sandbox.engine.values import reveal

_path = click.option("--path", "is_path", is_flag=True, help="The key is a path into an object or array.")


@cli.group(cls=Commands, invoke_without_command=True)
@common
@click.option("--show-secrets", is_flag=True)
@click.option("-j", "--json", "as_json", is_flag=True)
@click.pass_context
def config(ctx: click.Context, show_secrets: bool, as_json: bool) -> None:
    """Show the stack's config, or get, set and remove values."""
    if ctx.invoked_subcommand is not None:
        return
    session = ctx.find_object(Global).session()  # type: ignore[union-attr]
    session.backend.read(session.stack)
    settings = session.settings(sealed=not show_secrets)
    if as_json:
        click.echo(json.dumps({key: _json(item, show_secrets) for key, item in settings.items()}, indent=2))
        return
    names = {key: key.removeprefix(f"{session.project.name}:") for key in settings}
    width = max((len("KEY"), *(len(name) for name in names.values())))
    click.echo(f"{'KEY':<{width}}  VALUE")
    for key, setting in settings.items():
        click.echo(f"{names[key]:<{width}}  {setting.text if show_secrets else setting.shown}")


def _json(setting: Setting, show_secrets: bool) -> dict[str, Any]:
    if setting.is_secret and not show_secrets:
        return {"secret": True}
    found: dict[str, Any] = {"value": setting.text}
    if isinstance(value := reveal(setting.value), dict | list):
        found["objectValue"] = value
    return {**found, "secret": setting.is_secret}


@config.command()
@common
@click.argument("key")
@_path
@click.option("-j", "--json", "as_json", is_flag=True)
@click.pass_obj
def get(given: Global, key: str, is_path: bool, as_json: bool) -> None:
    """Print one value; a secret is decrypted."""
    session = given.session()
    session.backend.read(session.stack)
    name, rest = _split(session, key, is_path)
    setting = session.settings().get(name)
    try:
        value = None if setting is None else follow(reveal(setting.value), rest)
    except (KeyError, IndexError, TypeError):
        value = None
    if setting is None or value is None:
        raise EngineError(f"configuration key '{key}' not found for stack '{session.stack}'")
    if as_json:
        click.echo(json.dumps({"name": name, **_json(setting, True)}, indent=2))
    else:
        click.echo(as_text(value))


@config.command("set")
@common
@click.argument("key")
@click.argument("value", required=False)
@click.option("--secret", "is_secret", is_flag=True, help="Encrypt the value.")
@click.option("--plaintext", is_flag=True, help="Keep the value readable, whatever it looks like.")
@_path
@click.pass_obj
def set_value(given: Global, key: str, value: str | None, is_secret: bool, plaintext: bool, is_path: bool) -> None:
    """Set a value; without VALUE it is asked for, or read from standard input."""
    if is_secret and plaintext:
        raise EngineError("--secret and --plaintext exclude each other")
    session = given.session()
    session.backend.read(session.stack)
    if value is None:
        value = (
            click.prompt("value", hide_input=is_secret) if sys.stdin.isatty() else sys.stdin.read().removesuffix("\n")
        )
    name, rest = _split(session, key, is_path)
    declared = session.project.config.get(name)
    if not plaintext and not is_secret and declared is not None and declared.secret:
        is_secret = True  # as Pulumi.yaml says
    if not plaintext and not is_secret and _looks_like_a_key(value):
        raise EngineError(
            f"{key} looks like a private key: use --secret to encrypt it, or --plaintext to keep it as it is"
        )
    new: Any = {SECURE: session.crypter.encrypt(value)} if is_secret else typed(value) if is_path else value
    if rest:
        new = put(session.file.values.get(name), rest, new)
    session.file.set(name, new)


@config.command("rm")
@common
@click.argument("key")
@_path
@click.pass_obj
def remove(given: Global, key: str, is_path: bool) -> None:
    """Remove a value from the stack's config file."""
    session = given.session()
    session.backend.read(session.stack)
    name, rest = _split(session, key, is_path)
    if not rest:
        session.file.remove(name)
        return
    current = session.file.values.get(name)
    try:
        del follow(current, rest[:-1])[rest[-1]]
    except (KeyError, IndexError, TypeError):
        return
    session.file.set(name, current)


def _split(session: Session, key: str, is_path: bool) -> tuple[str, tuple[str | int, ...]]:
    """The full key, and where in its value."""
    if not is_path:
        return session.project.full_key(key), ()
    try:
        parts = parse(key)
    except ValueError as error:
        raise EngineError(str(error)) from error
    return session.project.full_key(str(parts[0])), parts[1:]


def _looks_like_a_key(value: str) -> bool:
    return "PRIVATE KEY-----" in value
