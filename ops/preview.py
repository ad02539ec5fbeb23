"""`make preview`: what `up` would change, with the text of every new step line by line."""

import ast
import re
import subprocess
import sys

import click

from ops.remote.stack import PROJECT

_QUOTED = re.compile(r'^(\s*).*?("(?:[^"\\]|\\.)*\\n(?:[^"\\]|\\.)*")')


def expanded(line: str) -> str:
    """The line of the CLI's preview; a quoted text of several lines in it is written as these lines.

    The CLI prints a text that changes as a line diff, but a text that is new as one quoted string.
    """
    if not (found := _QUOTED.match(line)):
        return line
    margin = found[1] + 4 * " "
    text = str(ast.literal_eval(found[2])).rstrip("\n")
    lines = "".join(f"\n{margin}{part}" if part else "\n" for part in text.split("\n"))
    return line[: found.start(2)].rstrip() + lines + line[found.end(2) :]


@click.command()
@click.argument("stack")
def main(stack: str) -> None:
    """Preview the stack STACK, and exit as the CLI does."""
    color = "always" if sys.stdout.isatty() else "never"
    command = ["./pulumiw", "preview", "-s", stack, "--diff", "--show-full-output", "--color", color]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as preview:
        for line in preview.stdout or ():
            print(expanded(line), end="", flush=True)
    raise SystemExit(preview.returncode)


if __name__ == "__main__":
    main()
