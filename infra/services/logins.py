"""Logins: the keys that the login of `up` accepts, and a login of their own for each of the admins."""

from infra.config.settings import Settings
from infra.steps.step import Effect, File, Step, file
from infra.steps.templates import render

NAME = "logins"
GROUP = "apollo-admins"
_MARK, _SHELL = "admin of the cluster", "/bin/bash"
"""The comment of an admin's login, also after it was closed, and the shell of one that is open."""
_SUDOERS = f"/etc/sudoers.d/{GROUP}"


def step(settings: Settings) -> Step:
    """The same on every machine of the stack. A key is a line of a file, so a change of it restarts nothing."""
    names = sorted(settings.admins)
    shared = {"group": GROUP, "mark": _MARK, "shell": _SHELL, "names": names}
    return Step(
        name=NAME,
        title="Let the admins log in, each by a login and a key of their own",
        # They have commands that this step needs, and their installation changes the list of users too.
        after=("base-packages",),
        files=(
            file("logins", _SUDOERS, "0440", group=GROUP),
            _keys(settings.login, settings.login_keys),
            *(_keys(name, (settings.admins[name],)) for name in names),
        ),
        errors=render("logins/logins.errors.sh"),
        # The logins exist before their keys come.
        fetch=render("logins/logins.fetch.sh", login=settings.login, home=home(settings.login), **shared),
        apply=render("logins/logins.apply.sh", **shared),
        effects=(
            Effect(
                name="logins of the admins",
                command=f'getent passwd | awk -F : \'$5 == "{_MARK}" && $7 == "{_SHELL}" {{print $1}}\' | sort',
                expected="".join(f"{name}\n" for name in names),
            ),
        ),
    )


def home(login: str) -> str:
    return "/root" if login == "root" else f"/home/{login}"


def _keys(login: str, keys: tuple[str, ...]) -> File:
    return File(path=f"{home(login)}/.ssh/authorized_keys", content="".join(f"{key}\n" for key in keys))
