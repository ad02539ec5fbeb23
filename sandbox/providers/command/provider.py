"""The provider itself: command:remote:Command and command:remote:CopyToRemote."""

import secrets

from pulumi.provider.experimental import provider as sdk

from sandbox.providers.command import upload
from sandbox.providers.command.connection import Connection
from sandbox.providers.command.inputs import COMMAND, COPY, inputs_of, problems, with_defaults
from sandbox.providers.command.run import run
from sandbox.providers.difference import difference
from sandbox.providers.values import UNKNOWN, Plain, Properties, plain, properties, token


class CommandProvider(sdk.Provider):
    """Serves the two remote resources as pulumi-command 1.2.1 does. Raises the errors of providers/failure.py."""

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:  # noqa: ARG002
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        checked = with_defaults(request.new_inputs)
        return sdk.CheckResponse(inputs=checked, failures=problems(token(request.urn), plain(checked)))

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """`triggers` replaces; any other change is an update."""
        kind, state, new = token(request.urn), plain(request.old_state), plain(request.new_inputs)
        old = {key: value for key, value in state.items() if key in inputs_of(kind)}
        if kind == COPY:
            old["source"], new["source"] = state.get(upload.DIGEST), upload.digest(new["source"])
        return difference(old, new, replace_on=("triggers",))

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        outputs = await self._apply(request.urn, request.properties, {}, request.preview, "create")
        return sdk.CreateResponse(resource_id=secrets.token_hex(8), properties=outputs)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        text = "update" if "update" in request.news else "create"
        outputs = await self._apply(request.urn, request.news, plain(request.olds), request.preview, text)
        return sdk.UpdateResponse(properties=outputs)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """Nothing: what a step has made on a node goes with the node."""

    async def _apply(self, urn: str, given: Properties, olds: Plain, preview: bool, text: str = "") -> Properties:
        """The outputs, which hold the inputs. `text`: the input that has the command; without it nothing is run."""
        inputs = plain(given)
        if token(urn) != COMMAND:
            return {**given, **properties(await upload.apply(inputs, olds, preview))}
        if preview:
            printed = {"stdout": UNKNOWN, "stderr": UNKNOWN}
        elif text not in inputs:
            printed = {"stdout": "", "stderr": ""}
        else:
            connection, name = Connection.of(inputs["connection"]), urn.rpartition("::")[2]
            printed = await run(connection, name, inputs[text], inputs.get("stdin", ""))
        return {**given, **properties(printed)}
