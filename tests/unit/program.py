"""The whole program against a recording mock of the engine."""

import json
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pulumi.runtime import get_root_resource, mocks, rpc, run_in_stack, set_all_config
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.sync_await import _ensure_event_loop, _sync_await

PROJECT = Path(__file__).parents[2]
GOSSIP_KEY = "Z29zc2lwIGtleSBvZiB0ZXN0cywgMzIgYnl0ZXMgICA="
MANAGEMENT_TOKEN = "11111111-2222-4333-8444-555555555555"
AGENT_TOKEN = "66666666-7777-4888-9999-aaaaaaaaaaaa"
HOST_KEY_SECRET = "aG9zdCBrZXkgc2VjcmV0IG9mIHRlc3RzLCAzMiBieXQ="
BACKUP_KEY = "YmFja3VwIGtleSBvZiB0ZXN0cywgMzIgYnl0ZXMgICA="
IMAGE = "ami-0123456789abcdef0"


@cache
def key_pair() -> tuple[str, str]:
    """A public key in authorized_keys form and its private key in OpenSSH's."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return public.decode(), private.decode()


def config(**changes: Any) -> dict[str, str]:
    """A whole config as the engine hands it over: Pulumi.yaml's defaults, what has none, and `changes`.

    A change to None leaves the key out.
    """
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    _, private = key_pair()
    values = {key: schema["default"] for key, schema in declared.items() if "default" in schema}
    values |= {
        "adminCidrs": ["198.51.100.7/32"],
        "weavePassword": "a password of tests",
        "consulGossipKey": GOSSIP_KEY,
        "consulManagementToken": MANAGEMENT_TOKEN,
        "consulAgentToken": AGENT_TOKEN,
        "hostKeySecret": HOST_KEY_SECRET,
        "backupKey": BACKUP_KEY,
        "sshPrivateKey": private,
    }
    values |= changes
    texts = {
        f"apollo:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
        if value is not None
    }
    return {"aws:region": "eu-west-1", **texts}


def dev(**changes: Any) -> dict[str, str]:
    """The whole config of the stack dev, with `changes`."""
    values = yaml.safe_load((PROJECT / "Pulumi.dev.yaml").read_text())["config"]
    own = {key.removeprefix("apollo:"): value for key, value in values.items() if key.startswith("apollo:")}
    return config(**{**own, **changes})


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One resource as the engine sees it; names, not URNs, in `dependencies` and `deleted_with`."""

    type: str
    name: str
    inputs: dict[str, Any]
    dependencies: frozenset[str]
    deleted_with: str
    ignore_changes: tuple[str, ...]
    delete_before_replace: bool
    secrets: frozenset[str]
    replacement_trigger: str


@dataclass
class Recording:
    resources: dict[tuple[str, str], Registered] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)

    def of_type(self, token: str) -> dict[str, Registered]:
        return {name: found for (type_, name), found in self.resources.items() if type_ == token}

    @property
    def commands(self) -> dict[str, Registered]:
        return self.of_type("command:remote:Command")

    @property
    def instances(self) -> dict[str, Registered]:
        return self.of_type("aws:ec2/instance:Instance")


class _Cloud(mocks.Mocks):
    """Answers as AWS and the nodes would.

    `addresses` are those that AWS gives instead of the planned, `last` the outputs of the stack's last `up`.
    `network` is what exists, the answers to getVpc and getSubnet by id.
    """

    def __init__(
        self,
        *,
        unknown: bool,
        addresses: Mapping[str, str],
        last: Mapping[str, Any],
        network: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._unknown, self._addresses, self._last, self._network = unknown, addresses, last, network
        self.parameters: list[str] = []
        self._public: set[str] = set()

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = dict(args.inputs)
        if args.typ == "pulumi:pulumi:StackReference":
            assert args.resource_id == "organization/apollo/dev"
            return args.name, {"name": args.name, "outputs": dict(self._last), "secretOutputNames": []}
        if args.typ == "aws:ec2/subnet:Subnet" and args.inputs["mapPublicIpOnLaunch"]:
            self._public.add(f"{args.name}-id")
        if args.typ == "aws:ec2/instance:Instance":
            private = args.inputs.get("privateIp", "10.0.224.4")
            public = args.inputs.get("subnetId") in self._public
            outputs["publicIp"] = "203.0.113." + private.rsplit(".", 1)[1] if public else ""
            outputs["privateIp"] = self._addresses.get(args.name, private)
        if args.typ == "aws:ec2/eip:Eip":
            outputs |= {"publicIp": f"{args.name}'s address", "allocationId": f"{args.name}-id"}
        if args.typ == "aws:ec2/keyPair:KeyPair":
            outputs["keyName"] = "login-0a1b2c3"
        if args.typ == "aws:lb/loadBalancer:LoadBalancer":
            outputs |= {"dnsName": f"{args.name}.example.amazonaws.com", "zoneId": "ZBALANCER"}
        if args.typ == "command:remote:Command":
            outputs |= {"stdout": f"what {args.name} printed\n", "stderr": ""}
        if self._unknown and args.custom:
            computed = {"publicIp", "allocationId", "privateIp", "keyName", "stdout", "stderr"}
            return None, {key: rpc.UNKNOWN if key in computed else value for key, value in outputs.items()}
        return f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token in ("aws:ec2/getVpc:getVpc", "aws:ec2/getSubnet:getSubnet"):
            return dict(self._network[args.args["id"]]), []
        assert args.token == "aws:ssm/getParameter:getParameter"
        self.parameters.append(args.args["name"])
        return {"name": args.args["name"], "value": IMAGE}, []


class _Monitor(mocks.MockMonitor):
    def __init__(self, cloud: _Cloud, recording: Recording) -> None:
        super().__init__(cloud)
        self._recording = recording

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        kept = rpc.deserialize_properties(request.object, keep_unknowns=True)
        secrets = frozenset(key for key, value in kept.items() if rpc.is_rpc_secret(value))
        found = Registered(
            type=request.type,
            name=request.name,
            inputs={key: rpc.unwrap_rpc_secret(value) for key, value in kept.items()},
            dependencies=frozenset(urn.rsplit("::", 1)[1] for urn in request.dependencies),
            deleted_with=request.deletedWith.rsplit("::", 1)[-1],
            ignore_changes=tuple(request.ignoreChanges),
            delete_before_replace=request.deleteBeforeReplace,
            secrets=secrets,
            replacement_trigger=request.replacement_trigger.string_value,
        )
        key = (request.type, request.name)
        assert key not in self._recording.resources, f"{key} is registered twice"
        self._recording.resources[key] = found
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def launch(
    values: Mapping[str, str] | None = None,
    *,
    first_preview: bool = False,
    addresses: Mapping[str, str] | None = None,
    after: Recording | None = None,
    network: Mapping[str, Mapping[str, Any]] | None = None,
    into: Recording | None = None,
) -> Recording:
    """Run __main__.py on this config, as `pulumi up` does; in a first preview nothing computed is known.

    `after` is the stack's last `up`, `network` what exists: the answers to getVpc and getSubnet by id.
    `into` is filled also if the program fails.
    """
    recording = into or Recording()
    _ensure_event_loop()  # type: ignore[no-untyped-call]  # another test's asyncio.run leaves none behind
    set_all_config(dict(values or config()))
    last = after.outputs if after else {}
    cloud = _Cloud(unknown=first_preview, addresses=addresses or {}, last=last, network=network or {})
    set_root_resource(object())  # type: ignore[arg-type]  # or set_mocks makes a stack
    monitor = _Monitor(cloud, recording)
    mocks.set_mocks(cloud, "apollo", "dev", preview=first_preview, monitor=monitor, organization="organization")
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    set_root_resource(None)  # type: ignore[arg-type]  # and so does run_in_stack, which needs a new one
    stack = _sync_await(_in_stack())
    outputs: Any = pulumi.Output.from_input(stack.outputs)
    recording.parameters = cloud.parameters
    recording.outputs = _sync_await(outputs.future(with_unknowns=True))
    return recording


async def _in_stack() -> Any:
    """Run the program; returns its stack."""
    made: list[Any] = []

    def run() -> None:
        made.append(get_root_resource())
        runpy.run_path(str(PROJECT / "__main__.py"))

    await run_in_stack(run)
    return made[0]
