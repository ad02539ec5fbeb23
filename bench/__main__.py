"""`make bench`, or a part of it: python -m bench --only services."""

from collections.abc import Callable, Iterator, Mapping

import click

from bench import network, services
from bench.figure import Figure
from bench.page import Circumstances, Part, report
from ops.remote.errors import OperatorError, complain
from ops.remote.stack import PROJECT

_PARTS: Mapping[str, tuple[str, str, Callable[[], Iterator[Figure]]]] = {
    "network": ("The network alone", network.TEXT, network.network),
    "services": ("The services", services.TEXT, services.services),
    "previews": ("Previews", network.PREVIEWS_TEXT, network.previews),
}
"""By name: the title and the text of a part of the page, and the function that measures it."""


def _measured(measure: Callable[[], Iterator[Figure]]) -> Iterator[Figure]:
    for figure in measure():
        click.echo(f"{figure.name}: {figure.measured}")
        yield figure


@click.command()
@click.option("--only", type=click.Choice(list(_PARTS)), help="Measure this part only, and print it.")
def main(only: str | None) -> None:
    """Measure everything, and write docs/performance.md."""
    when = Circumstances.now()
    chosen = [_PARTS[only]] if only else _PARTS.values()
    try:
        parts = [Part(title=title, text=text, figures=list(_measured(measure))) for title, text, measure in chosen]
    except (OperatorError, AssertionError) as error:  # the latter from a failed command in a project copy
        complain(error)
    page = report(parts, when)
    if only:
        click.echo(page)
    else:
        (PROJECT / "docs/performance.md").write_text(page)


if __name__ == "__main__":
    main()
