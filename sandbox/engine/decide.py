"""What a registration comes to: create, update, same or replace."""

import random
from dataclasses import dataclass, replace

from sandbox.engine.diff import Diff, PathDiff
from sandbox.engine.errors import EngineError
from sandbox.engine.goal import Goal
from sandbox.engine.objectdiff import changes
from sandbox.engine.paths import covers, parse, reset
from sandbox.engine.provider import Plugin
from sandbox.engine.resource import Resource
from sandbox.engine.values import Props


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`new` has the checked inputs. `delete_first` goes with replace."""

    op: str
    new: Resource
    diff: Diff | None = None
    delete_first: bool = False


async def decide(
    goal: Goal, new: Resource, old: Resource | None, plugin: Plugin | None, *, other_provider: bool
) -> Decision:
    """Asks the provider (None for a component). Raises EngineError for inputs that it refuses."""
    seed = random.randbytes(32)  # noqa: S311 - for names, not for secrets
    inputs = _ignoring(goal, old)
    olds = old.inputs if old is not None else {}
    checked = replace(new, inputs=await _checked(plugin, new.urn, olds, inputs, seed))
    if old is None or old.pending_replacement:  # deleted already, by this run or by one that was killed
        if old is not None:
            checked = replace(new, inputs=await _checked(plugin, new.urn, {}, goal.inputs, seed))
        return Decision(op="create" if old is None else "replace", new=checked)
    if other_provider:
        diff = Diff(changes=True, replaces=("provider",), changed=("provider",))
    else:
        diff = await diff_of(plugin, old, checked.inputs, goal.ignore_changes, goal.replace_on_changes)
    if not diff.changes:
        return Decision(op="same", new=checked, diff=diff)
    if not diff.replaces:
        return Decision(op="update", new=checked, diff=diff)
    fresh = replace(new, inputs=await _checked(plugin, new.urn, {}, goal.inputs, seed))
    first = diff.delete_before_replace if goal.delete_before_replace is None else goal.delete_before_replace
    return Decision(op="replace", new=fresh, diff=diff, delete_first=first)


async def diff_of(
    plugin: Plugin | None, old: Resource, inputs: Props, ignored: tuple[str, ...], replacing: tuple[str, ...]
) -> Diff:
    """The provider's word, or a look at the inputs where it has none; `changes` is True or False."""
    diff = Diff(changes=None) if plugin is None else await plugin.diff(old, inputs, ignored)
    if diff.changes is None and not diff.replaces and not diff.changed:
        found = changes(old.inputs, inputs)
        diff = replace(
            diff,
            changes=bool(found),
            changed=tuple(dict.fromkeys(str(parse(item.path)[0]) for item in found)),
            detailed={item.path: PathDiff(kind=item.kind) for item in found},
        )
    elif diff.changes is None:
        diff = replace(diff, changes=True)
    return _replacing(diff, replacing) if diff.changes and replacing else diff


def _replacing(diff: Diff, paths: tuple[str, ...]) -> Diff:
    """With the program's replace_on_changes in it."""
    wanted = [parse(path) for path in paths]
    hit = [path for path in diff.detailed if any(covers(want, parse(path)) for want in wanted)]
    keys = [key for key in diff.changed if any(covers(want, (key,)) for want in wanted)]
    keys += [str(parse(path)[0]) for path in hit]
    detailed = {
        path: PathDiff(kind=f"{item.kind.removesuffix('-replace')}-replace", input_diff=item.input_diff)
        if path in hit
        else item
        for path, item in diff.detailed.items()
    }
    return replace(diff, replaces=tuple(dict.fromkeys((*diff.replaces, *keys))), detailed=detailed)


def _ignoring(goal: Goal, old: Resource | None) -> Props:
    inputs = goal.inputs
    if old is not None:
        for path in goal.ignore_changes:
            inputs = reset(old.inputs, inputs, parse(path))
    return inputs


async def _checked(plugin: Plugin | None, urn: str, olds: Props, news: Props, seed: bytes) -> Props:
    if plugin is None:
        return news
    inputs, refusals = await plugin.check(urn, olds, news, seed)
    if refusals:
        raise EngineError("\n".join(f"{item.property}: {item.reason}".removeprefix(": ") for item in refusals))
    return inputs
