"""Whether an app's constraints let an instance run on an agent."""

from collections import Counter
from collections.abc import Sequence

from sandbox.standins.common.mesos import Json

OPERATORS = ("UNIQUE", "CLUSTER", "GROUP_BY")


def wrong(constraint: Sequence[str]) -> str:
    """What is wrong with a constraint, or ""."""
    if not 2 <= len(constraint) <= 3 or not all(isinstance(word, str) for word in constraint):
        return "Each constraint must have either 2 or 3 fields"
    operator, value = constraint[1], constraint[2] if len(constraint) == 3 else None
    if operator not in OPERATORS:
        return f"this stand-in has no {operator}: it has {', '.join(OPERATORS)}"
    if operator == "UNIQUE" and value is not None:
        return "Value specified but not used"
    if operator == "GROUP_BY" and value and not (value.isdigit() and int(value) > 0):
        return f"GROUP_BY was given a bad value: {value!r}"
    return ""


def allowed(constraints: Sequence[Sequence[str]], agent: Json, others: Sequence[Json]) -> bool:
    """`agent` and `others` (where the app's instances run, one entry each) have hostname and attributes."""
    return all(_allows(constraint, agent, others) for constraint in constraints)


def _allows(constraint: Sequence[str], agent: Json, others: Sequence[Json]) -> bool:
    field, operator = constraint[0], constraint[1]
    value = constraint[2] if len(constraint) == 3 else ""
    here = _value(agent, field)
    if here is None:
        return False
    counts = Counter(found for other in others if (found := _value(other, field)) is not None)
    if operator == "UNIQUE":
        return counts[here] == 0
    if operator == "CLUSTER":
        return here == value if value else not counts or here in counts
    return _evens_out(here, counts, int(value or 1))


def _evens_out(here: str, counts: Counter[str], groups: int) -> bool:
    """GROUP_BY: while fewer groups are in use than there are to be, only a new one; then a smallest one."""
    if len(counts) < groups:
        return counts[here] == 0
    return counts[here] <= min(counts.values(), default=0)


def _value(agent: Json, field: str) -> str | None:
    if field in ("hostname", "@hostname"):
        return str(agent["hostname"])
    found = agent["attributes"].get(field)
    return None if found is None else str(found)
