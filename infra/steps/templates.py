"""The one Jinja environment. templates/ has a folder for each service and a template for each file on a node."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parents[2] / "templates"


@cache
def _environment() -> Environment:
    # no autoescape: the templates make shell, units and configuration files, not HTML
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        comment_start_string="{##",  # {# is also shell syntax
        comment_end_string="##}",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quote"] = lambda value: shlex.quote(str(value))
    environment.filters["unit_word"] = _unit_word
    environment.filters["identifier"] = lambda name: str(name).replace("-", "_")
    return environment


def _unit_word(value: object) -> str:
    """One word of a systemd unit's command line (systemd.service(5), "Command lines")."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if re.fullmatch(r"[\w@%+=:,./-]+", text) else f'"{text}"'


def render(template: str, **values: Any) -> str:
    """The text of templates/<template>; an undefined name raises jinja2.UndefinedError."""
    return _environment().get_template(template).render(**values)
