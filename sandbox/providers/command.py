"""The command provider: command:remote:Command and command:remote:CopyToRemote."""

import secrets

from pulumi.provider.experimental.provider import (
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    Provider,
    UpdateRequest,
    UpdateResponse,
)

from sandbox.providers import remote_copy
from sandbox.providers.command_inputs import COMMAND, COPY, complaints, inputs_of, with_defaults
from sandbox.providers.connection import Connection
from sandbox.providers.difference import difference
from sandbox.providers.remote_command import RemoteCommand, run
from sandbox.providers.values import UNKNOWN, Plain, Properties, plain, properties, token

_PREVIOUS = {"stdout": "PULUMI_COMMAND_STDOUT", "stderr": "PULUMI_COMMAND_STDERR"}


class CommandProvider(Provider):
    """Serves the two remote resources with pulumi-command 1.2.1's meaning.

    What a running command prints is shown where it fails: the program sets `logging` to "none" everywhere.
    Failures are the exceptions of sandbox.providers.failure.
    """

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:  # noqa: ARG002
        return ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Fills in the connection's defaults and marks it secret, as a whole."""
        checked = with_defaults(request.new_inputs)
        return CheckResponse(inputs=checked, failures=complaints(token(request.urn), plain(checked)))

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """`triggers` replaces; anything else that changed is an update."""
        known = inputs_of(token(request.urn))
        state, new = plain(request.old_state), plain(request.new_inputs)
        old = {key: value for key, value in state.items() if key in known}
        if token(request.urn) == COPY:
            old["source"], new["source"] = state.get(remote_copy.DIGEST), remote_copy.digest(new["source"])
        return difference(old, new, replace_on=("triggers",), input_diff=False)

    async def create(self, request: CreateRequest) -> CreateResponse:
        outputs = await self._apply(
            request.urn, token(request.urn), "create", request.properties, {}, request.preview
        )
        number = secrets.token_hex(4)
        name = request.name if token(request.urn) == COMMAND else ""
        return CreateResponse(resource_id=f"{name}{number}", properties=outputs)

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        olds = plain(request.olds)
        outputs = await self._apply(request.urn, token(request.urn), "update", request.news, olds, request.preview)
        return UpdateResponse(properties=outputs)

    async def delete(self, request: DeleteRequest) -> None:
        """Runs `delete`, and dials nobody where there is none."""
        state = plain(request.properties)
        if token(request.urn) == COMMAND and state.get("delete"):
            await self._run(request.urn, state["delete"], state, state)

    async def _apply(
        self, urn: str, kind: str, verb: str, given: Properties, olds: Plain, preview: bool
    ) -> Properties:
        inputs = plain(given)
        if kind == COPY:
            return {**given, **properties(await remote_copy.apply(inputs, olds, preview))}
        text = inputs.get(verb) or inputs.get("create")
        if preview:
            printed = {"stdout": UNKNOWN, "stderr": UNKNOWN}
        elif text:
            printed = await self._run(urn, text, inputs, olds)
        else:
            printed = {stream: olds.get(stream, "") for stream in _PREVIOUS}
        return {**given, **properties(printed)}

    async def _run(self, urn: str, text: str, inputs: Plain, olds: Plain) -> dict[str, str]:
        passed = olds if inputs.get("addPreviousOutputInEnv", True) else {}
        command = RemoteCommand(
            name=urn.rpartition("::")[2],
            command=text,
            connection=Connection.of(inputs["connection"]),
            stdin=inputs.get("stdin", ""),
            environment={key: str(value) for key, value in inputs.get("environment", {}).items()},
            hoped_for={name: passed[stream] for stream, name in _PREVIOUS.items() if passed.get(stream)},
        )
        printed = await run(command)
        return {"stdout": printed.stdout, "stderr": printed.stderr}
