"""python -m sandbox.cli STACK: print what ./pulumiw evaluates before it starts the CLI for that stack."""

import sys

from sandbox.cli.environment import of_aws, of_sandbox
from sandbox.cli.find import CliError
from sandbox.home import Home


def main() -> None:
    lines = of_sandbox if sys.argv[1:] == ["sandbox"] else of_aws
    try:
        print("\n".join(lines(Home(), lambda line: print(f"pulumiw: {line}", file=sys.stderr))))
    except CliError as error:
        print(f"pulumiw: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
