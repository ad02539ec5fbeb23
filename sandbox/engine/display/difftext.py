"""`preview --diff`: for each resource, the properties that change, and the lines of a text that do."""

import difflib
from collections.abc import Iterable, Iterator, Mapping

from rich.text import Text

from sandbox.engine.display.valuetext import INDENT, block, entries, inline
from sandbox.engine.display.words import WORDS
from sandbox.engine.events import Step
from sandbox.engine.objectdiff import ABSENT, Change, changes
from sandbox.engine.resource import Resource
from sandbox.engine.values import Props, Secret, Value

CONTEXT = 3
_SHOWN = ("create", "update", "delete", "replace")
_SIGNS = {"add": "+", "delete": "-", "update": "~"}
_STYLES = {"+": "green", "-": "red", "~": "yellow"}


def diff_of_steps(steps: Iterable[Step]) -> Iterator[Text]:
    """Line by line; resources that stay as they are get none."""
    for step in steps:
        if step.op in _SHOWN and not step.is_internal:
            yield from _step(step)


def _step(step: Step) -> Iterator[Text]:
    words = WORDS[step.op]
    resource = step.new or step.old
    assert resource is not None  # noqa: S101 - a step is about something
    yield Text(f"{words.symbol:<2}{step.type}: ({words.plan})", style=words.style)
    known = step.old or resource
    if known.id:
        yield Text(f"{INDENT}[id={known.id}]", style="dim")
    yield Text(f"{INDENT}[urn={resource.urn}]", style="dim")
    for line in _properties(step):
        yield _styled("  " + line)


def _properties(step: Step) -> Iterator[str]:
    if step.op == "create" and step.new is not None:
        yield from (f"+ {line}" for line in entries(_shown(step.new.inputs)))
    elif step.op == "delete" and step.old is not None:
        yield from (f"- {line}" for line in entries(_shown(step.old.inputs)))
    elif step.old is not None and step.new is not None:
        forced = _replacing(step)
        found = _changes(step, step.old, step.new)
        width = max((len(item.path) for item in found), default=0)
        for item in found:
            note = "  (forces replacement)" if _top(item.path) in forced else ""
            yield from _change(item, width, note)
        if step.op == "replace" and not found and step.diff is None:
            yield "  (it goes with what it depends on)"


def _changes(step: Step, old: Resource, new: Resource) -> list[Change]:
    """Of the inputs; of the outputs where the provider sees a drift that no input explains."""
    found = changes(_shown(old.inputs), _shown(new.inputs))
    drifted = [path for path, item in (step.diff.detailed if step.diff else {}).items() if not item.input_diff]
    if drifted:
        keys = {_top(path) for path in drifted} - {_top(item.path) for item in found}
        before = {key: value for key, value in old.outputs.items() if key in keys}
        after = {key: value for key, value in {**new.outputs, **new.inputs}.items() if key in keys}
        found += changes(before, after)
    return found


def _shown(props: Props) -> Props:
    return {key: value for key, value in sorted(props.items()) if key != "__internal"}


def _replacing(step: Step) -> set[str]:
    return set(step.diff.replaces) if step.diff is not None and step.op == "replace" else set()


def _top(path: str) -> str:
    return path.split(".")[0].split("[")[0]


def _change(item: Change, width: int, note: str) -> Iterator[str]:
    sign, name = _SIGNS[item.kind], f"{item.path:<{width}}"
    if item.old is ABSENT or item.new is ABSENT:
        first, *rest = block(item.new if item.old is ABSENT else item.old)
        yield f"{sign} {name}: {first}{note}".rstrip()
        yield from (f"{sign} {line}" for line in rest)
    elif isinstance(item.old, str) and isinstance(item.new, str) and "\n" in item.old + item.new:
        yield f"{sign} {name}:{note}"
        yield from (f"    {line}" for line in text_diff(item.old, item.new))
    else:
        yield f"{sign} {name}: {inline(item.old)} => {inline(item.new)}{note}"


def text_diff(old: str, new: str) -> Iterator[str]:
    """Lines with "+ ", "- " or "  " before them; long stretches that stay are cut to CONTEXT lines."""
    before, after = old.split("\n"), new.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number:
            yield "..."
        for tag, a, b, c, d in group:
            if tag == "equal":
                yield from (f"  {line}" for line in before[a:b])
                continue
            yield from (f"- {line}" for line in before[a:b])
            yield from (f"+ {line}" for line in after[c:d])


def _styled(line: str) -> Text:
    return Text(f"  {line}", style=_STYLES.get(line.strip()[:1], ""))


def outputs_diff(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """The stack's outputs, each with what became of it."""
    width = max((len(key) for key in {**old, **new}), default=0)
    for key in sorted({**old, **new}):
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        sign = "+" if before is ABSENT else "-" if after is ABSENT else " " if _equal(before, after) else "~"
        plain = not isinstance(before, dict | list) and not isinstance(after, dict | list)
        if sign == "~" and plain:
            yield f"  {sign} {key:<{width}}: {inline(before)} => {inline(after)}"
            continue
        first, *rest = block(before if after is ABSENT else after)
        yield f"  {sign} {key:<{width}}: {first}".rstrip()
        yield from (f"{INDENT}{line}" for line in rest)


def _equal(before: Value, after: Value) -> bool:
    return before == after or (isinstance(before, Secret) and isinstance(after, Secret))
