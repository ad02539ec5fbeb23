"""Checks: shell that prints what a node has, and what it prints there after its step has run."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from infra.config.operating_systems import Init
from infra.steps.init_system import unit_of
from infra.steps.step import File, Step
from infra.steps.templates import render

_AS_WRITTEN = "the content that the config gives"
_OTHER = "other content, which is not shown because it is secret"


@dataclass(frozen=True, kw_only=True)
class Check:
    """`command` changes nothing on the node. With `secret`, it prints digests, and a diff shows none of them."""

    step: str
    name: str
    command: str
    expected: str
    secret: bool = False

    def shown(self, printed: str) -> str:
        """What a person may see of it."""
        if not (self.secret and printed):
            return printed
        facts, _, digest = printed.rstrip("\n").rpartition("\n")
        return f"{facts}\n{_AS_WRITTEN if digest == self.expected.splitlines()[-1] else _OTHER}\n"


def checks(step: Step, init: Init) -> Iterator[Check]:
    """All that `step` makes of its node: files, stamp, units, container, and what it declares as effects."""
    for file in step.files:
        yield _file(step, file)
    if step.secret:
        yield _secret(step, step.secret)
    for path in step.absent:
        yield Check(step=step.name, name=path, command=render("doctor/absent.sh", path=path), expected="")
    for unit in dict.fromkeys(filter(None, map(unit_of, step.paths))):
        command, expected = (render(f"doctor/{init}/unit.{part}", unit=unit) for part in ("sh", "txt"))
        yield Check(step=step.name, name=f"unit {unit}", command=command, expected=expected)
    if step.image:
        command = render("doctor/image.sh", name=step.name, image=step.image)
        yield Check(step=step.name, name=f"container {step.name}", command=command, expected=f"{step.image}\n")
    for effect in step.effects:
        yield Check(step=step.name, name=effect.name, command=effect.command, expected=effect.expected)
    if step.apply and not step.repeat:
        yield _file(step, File(path=step.stamp, content=step.digest))


def _file(step: Step, file: File) -> Check:
    # As the step's here document writes it.
    content = file.content.rstrip("\n") + "\n"
    return Check(
        step=step.name,
        name=file.path,
        command=render("doctor/file.sh", path=file.path),
        expected=f"{_facts(file)}\n{content}",
    )


def _secret(step: Step, file: File) -> Check:
    return Check(
        step=step.name,
        name=file.path,
        command=render("doctor/secret.sh", path=file.path),
        expected=f"{_facts(file)}\n{hashlib.sha256(file.content.encode()).hexdigest()}\n",
        secret=True,
    )


def _facts(file: File) -> str:
    return f"mode {file.mode}, owner root:root"
