"""From an error of AWS to a sentence with a remedy, by one table. An error that is not in it gets no sentence."""

import re
from collections.abc import Iterable

from ops.explain.events import Failure
from ops.explain.table import TABLE


def answers(failures: Iterable[Failure], region: str) -> list[str]:
    """A sentence for each remedy, after the names of all resources that it is for."""
    found: dict[str, list[str]] = {}
    for failure in failures:
        if sentence := answer(failure, region):
            names = found.setdefault(sentence, [])
            if failure.resource not in names:
                names.append(failure.resource)
    return [f"{', '.join(filter(None, names)) or 'the stack'}: {sentence}" for sentence, names in found.items()]


def answer(failure: Failure, region: str) -> str:
    """What to do about one failure; "" where the table does not say.

    The code may be anywhere in the message: the AWS provider's begins with the operation, status and request.
    """
    role = "master" if failure.resource.startswith("master-") else "slave"
    message = " ".join(failure.message.split())
    for row in TABLE:
        for code in row.codes:
            match = re.search(rf"\b{re.escape(code)}: (.*)", message)
            details = match and re.search(row.message, match[1])
            if details:
                return row.sentence.format(**details.groupdict(), region=region, role=role)
    return ""
