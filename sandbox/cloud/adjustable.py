"""Settings of a running sandbox that an operator changes by name: `vcpus=4`, or `vcpus=` for the default."""

import re
from collections.abc import Mapping


class SettingError(ValueError):
    """There is no such setting, or it has another form; the message is what the user reads."""


class Adjustable:
    """Settings as text, each of the form `form`, which `what` describes for the user."""

    def __init__(self, defaults: Mapping[str, str], form: str, what: str) -> None:
        self._defaults, self._form, self._what = defaults, form, what
        self._now = dict(defaults)

    def text(self, name: str) -> str:
        return self._now[name]

    def change(self, setting: str) -> None:
        """Raises SettingError."""
        name, _, value = setting.partition("=")
        if name not in self._defaults:
            raise SettingError(f"{name} is not a setting: use one of {', '.join(self._defaults)}")
        if value and not re.fullmatch(self._form, value):
            raise SettingError(f"{name} is {value}: use {self._what}, or nothing for the default")
        self._now[name] = value or self._defaults[name]

    def rows(self) -> dict[str, str]:
        """Each setting as it is now."""
        return dict(self._now)
