"""preview, up, refresh and destroy, from a stack's state to a stack's state."""

from collections.abc import Mapping
from dataclasses import replace

from sandbox.engine import config, deleting, program, refreshing
from sandbox.engine.events import Listener
from sandbox.engine.messages import Engine
from sandbox.engine.monitor import Monitor
from sandbox.engine.plugins import Plugins, Registry
from sandbox.engine.provider_resource import ProviderResources
from sandbox.engine.run import Run
from sandbox.engine.running import Options, running
from sandbox.engine.session import Session
from sandbox.engine.values import Props, secret


def update(session: Session, registry: Registry, listener: Listener, options: Options) -> bool:
    """Runs the program against the state; True when all went well. A preview changes nothing.

    Raises EngineError before anything is touched where the config does not do.
    """
    settings = session.settings()
    config.check(session.project, session.stack, settings)
    asked = program.Program(
        project=session.project,
        stack=session.stack,
        config={key: setting.text for key, setting in settings.items()},
        secret_keys=frozenset(key for key, setting in settings.items() if setting.is_secret),
        preview=options.preview,
        parallel=options.parallel,
    )
    with running(session, registry, listener, options) as (run, plugins, loop):
        if options.refresh:
            loop.call(refreshing.refresh(run, plugins, before=True))
        providers = ProviderResources(run, plugins, provider_config(settings))
        monitor = Monitor(run, plugins, providers, loop.loop)
        stack_urn = f"urn:pulumi:{run.stack}::{run.project}::pulumi:pulumi:Stack::{run.project}-{run.stack}"

        def say(line: str) -> None:
            loop.loop.call_soon_threadsafe(listener.message, "info", line, stack_urn)

        ending = program.run(asked, monitor, Engine(listener, loop.loop), say)
        loop.call(_finish(run, plugins, ending, monitor, stack_urn))
    return run.errors == 0 and not run.cancelled


async def _finish(run: Run, plugins: Plugins, ending: program.Ending, monitor: Monitor, stack_urn: str) -> None:
    if run.errors or not ending.ok:
        _keep_outputs(run, stack_urn)
    if monitor.mistake is not None and not run.cancelled:
        run.error(str(monitor.mistake), stack_urn)
    elif ending.error and not run.cancelled:
        run.error(ending.error, stack_urn)
    if ending.ok and stack_urn in run.news:  # a program that raised has said nothing of its outputs
        before = run.olds[stack_urn].outputs if stack_urn in run.olds else {}
        run.listener.outputs(before, run.news[stack_urn].outputs)
    if ending.ok and not run.cancelled:
        await deleting.delete_all(run, plugins, deleting.left_over(run))
        _leave_nothing_pending(run)
    await run.state.commit()


def _leave_nothing_pending(run: Run) -> None:
    """After a run that went well; the CLI may have made meanwhile what an earlier run of ours was killed over."""
    if not run.errors and not run.cancelled:
        for operation in list(run.state.operations):
            run.state.ended(operation.resource.urn)


def _keep_outputs(run: Run, stack_urn: str) -> None:
    """What a run that failed did not come to say stays as it was."""
    old, new = run.olds.get(stack_urn), run.news.get(stack_urn)
    if old is not None and new is not None:
        run.state.alter(new, replace(new, outputs={**old.outputs, **new.outputs}))


def destroy(session: Session, registry: Registry, listener: Listener, options: Options) -> bool:
    """Deletes all that is in the state; the program is not run."""
    with running(session, registry, listener, options) as (run, plugins, loop):
        if options.refresh:
            loop.call(refreshing.refresh(run, plugins, before=True))
        loop.call(_destroy(run, plugins))
    return run.errors == 0 and not run.cancelled


async def _destroy(run: Run, plugins: Plugins) -> None:
    await deleting.delete_all(run, plugins, list(run.state))
    _leave_nothing_pending(run)
    await run.state.commit()


def refresh(session: Session, registry: Registry, listener: Listener, options: Options) -> bool:
    """Brings the state up to what the providers find."""
    with running(session, registry, listener, options) as (run, plugins, loop):
        loop.call(refreshing.refresh(run, plugins))
    return run.errors == 0 and not run.cancelled


def provider_config(settings: Mapping[str, config.Setting]) -> dict[str, Props]:
    """`aws:region` and its like, by package: the inputs of default providers."""
    found: dict[str, Props] = {}
    for key, setting in settings.items():
        package, name = key.split(":", 1)
        value = secret(setting.text) if setting.is_secret else setting.text
        found.setdefault(package, {})[name] = value
    return found
