"""The rooms of the sandbox (its folders, and the modules beside them) import each other without a circle."""

import re
from graphlib import TopologicalSorter

from sandbox.home import PROJECT
from tests.unit.imports import imported

SANDBOX = PROJECT / "sandbox"


def needs() -> dict[str, set[str]]:
    """Room -> the rooms that it imports."""
    names = {path.stem for path in SANDBOX.iterdir()}
    found: dict[str, set[str]] = {}
    for file in SANDBOX.rglob("*.py"):
        room = file.relative_to(SANDBOX).parts[0].removesuffix(".py")
        modules = [module.split(".") for module in imported(file)]
        others = {parts[1] for parts in modules if parts[0] == "sandbox" and len(parts) > 1} & names
        found[room] = found.get(room, set()) | others - {room}
    return found


def test_no_two_rooms_of_the_sandbox_need_each_other() -> None:
    found = needs()
    assert found["cloud"] >= {"hosts", "images"}, "the imports are not found"
    TopologicalSorter(found).prepare()  # raises CycleError, which names the circle


def test_the_readme_has_every_room_with_what_it_imports() -> None:
    written: dict[str, set[str]] = {}
    for line in (SANDBOX / "README.md").read_text().splitlines():
        cells = [re.findall(r"`(\w+)`", cell) for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[0]:
            written |= {room: set(cells[2]) - {room} for room in cells[0]}
    found = {room: others for room, others in needs().items() if room != "__init__"}
    assert set(written) == set(found)
    assert {room: others - written[room] for room, others in found.items() if others - written[room]} == {}


def test_every_file_that_the_readme_names_is_there() -> None:
    text = (SANDBOX / "README.md").read_text()
    files = re.findall(r"`([\w/]+\.(?:py|txt))`", text)
    assert len(files) > 20
    assert [name for name in files if not ((SANDBOX / name).is_file() or (PROJECT / name).is_file())] == []
