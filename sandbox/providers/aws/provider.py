"""The provider itself: it finds the kind of a token and calls the functions of its row."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from pulumi.provider.experimental import provider as sdk

from sandbox.providers.aws import addresses, balancing, compute, listening, network, reservation, routing, security
from sandbox.providers.aws.image_parameter import image_parameter
from sandbox.providers.aws.kind import Api, Kind, auto_name, error_code, found_or_none
from sandbox.providers.difference import difference
from sandbox.providers.failure import ProviderError
from sandbox.providers.values import UNKNOWN, Plain, Properties, has_unknown, plain, properties, token

KINDS: Mapping[str, Kind] = {
    "aws:ec2/vpc:Vpc": network.VPC,
    "aws:ec2/subnet:Subnet": network.SUBNET,
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation": reservation.RESERVATION,
    "aws:ec2/internetGateway:InternetGateway": network.GATEWAY,
    "aws:ec2/eip:Eip": addresses.EIP,
    "aws:ec2/natGateway:NatGateway": addresses.NAT_GATEWAY,
    "aws:ec2/routeTable:RouteTable": routing.ROUTE_TABLE,
    "aws:ec2/route:Route": routing.ROUTE,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": routing.ROUTE_TABLE_ASSOCIATION,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": security.DEFAULT_GROUP,
    "aws:ec2/securityGroup:SecurityGroup": security.SECURITY_GROUP,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": security.INGRESS_RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": security.EGRESS_RULE,
    "aws:ec2/keyPair:KeyPair": security.KEY_PAIR,
    "aws:ec2/instance:Instance": compute.INSTANCE,
    "aws:lb/loadBalancer:LoadBalancer": balancing.LOAD_BALANCER,
    "aws:lb/targetGroup:TargetGroup": balancing.TARGET_GROUP,
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": listening.ATTACHMENT,
    "aws:lb/listener:Listener": listening.LISTENER,
}
ABSENT: Mapping[str, str] = {
    "aws:route53/record:Record": "the sandbox has no Route 53: remove hostedZone from its config",
}
"""What the program makes on AWS alone, with the remedy."""

ACCOUNT_KEYS = ("profile", "assumeRoles", "allowedAccountIds")
PARAMETER = "aws:ssm/getParameter:getParameter"
READ: Mapping[str, Callable[[Api, str], Plain]] = {
    "aws:ec2/getVpc:getVpc": network.read_vpc,
    "aws:ec2/getSubnet:getSubnet": network.read_subnet,
}
"""Functions that read what exists, by its id."""


class AwsProvider(sdk.Provider):
    """Serves pulumi-aws 7.51.1's names for what the program uses, over boto3."""

    def __init__(self) -> None:
        self._api = Api("us-east-1", {})

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        given = {key: _parsed(value) for key, value in plain(request.args).items()}
        for key in ACCOUNT_KEYS:
            if given.get(key):
                raise ProviderError(f"the sandbox has one account and no roles: remove aws:{key} from its config")
        tags = (given.get("defaultTags") or {}).get("tags") or {}
        self._api = Api(given.get("region") or self._api.region, tags)
        return sdk.ConfigureResponse(accept_secrets=False, supports_preview=True)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Gives a name to what has none, and finds what is missing before anything is made."""
        kind, inputs = _kind(token(request.urn)), plain(request.new_inputs)
        failures = [
            sdk.CheckFailure(key, f"missing required property '{key}'") for key in kind.required if key not in inputs
        ]
        checked = dict(request.new_inputs)
        if kind.named and kind.named not in inputs:
            kept = plain(request.old_inputs).get(kind.named)
            checked |= properties({kind.named: kept or auto_name(request.urn, inputs)})
        return sdk.CheckResponse(inputs=checked, failures=failures)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        kind, new = _kind(token(request.urn)), plain(request.new_inputs)
        state = plain(request.old_state)
        outputs_only = {"id", "tagsAll", *kind.computed} - set(new)
        old = {key: value for key, value in state.items() if key not in outputs_only and key in new}
        if kind.taggable and "tags" not in new:
            new["tags"] = {}
        if kind.taggable:
            # default tags are not an input of the resource, but a change of them changes it
            old["tags"] = state.get("tagsAll", {})
            new["tags"] = self._tags(new)
        return difference(old, new, replace_on=kind.replace_on, stables=("id", "arn"))

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        kind, inputs = _kind(token(request.urn)), plain(request.properties)
        if request.preview:
            unknown = {key: UNKNOWN for key in kind.computed if key not in inputs}
            return sdk.CreateResponse(properties=self._outputs(kind, request.properties, unknown))
        identity = await self._ask(lambda: kind.create(self._api, inputs))
        live = await self._ask(lambda: kind.read(self._api, identity))
        return sdk.CreateResponse(
            resource_id=identity, properties=self._outputs(kind, request.properties, live or {})
        )

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """The live resource; an empty id where it is gone."""
        kind = _kind(token(request.urn))
        live = await self._ask(lambda: kind.read(self._api, request.resource_id))
        if live is None:
            return sdk.ReadResponse(resource_id="")
        inputs = {**request.inputs, **properties({key: live[key] for key in request.inputs if key in live})}
        outputs = {**request.properties, **properties(live)}
        return sdk.ReadResponse(resource_id=request.resource_id, properties=outputs, inputs=inputs)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        kind, new, old = _kind(token(request.urn)), plain(request.news), plain(request.olds)
        kept = {key: old[key] for key in kind.computed if key in old}
        if request.preview:
            return sdk.UpdateResponse(properties=self._outputs(kind, request.news, kept))
        identity = request.resource_id
        changes = {key: value for key, value in new.items() if old.get(key) != value and key != "tags"}
        if kind.taggable:
            tagged = str(old[kind.tagged_by]) if kind.tagged_by else identity
            await self._ask(lambda: self._retag(tagged, old, new))
        if kind.update is not None and changes:
            update = kind.update
            await self._ask(lambda: update(self._api, identity, changes))
        live = await self._ask(lambda: kind.read(self._api, identity))
        return sdk.UpdateResponse(properties=self._outputs(kind, request.news, live or kept))

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """A resource that is gone already counts as deleted."""
        kind, state = _kind(token(request.urn)), plain(request.properties)
        await self._ask(lambda: found_or_none(lambda: kind.delete(self._api, request.resource_id, state)))

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        if request.tok in READ:
            read, identity = READ[request.tok], str(plain(request.args)["id"])
            return sdk.InvokeResponse(return_value=properties(await self._ask(lambda: read(self._api, identity))))
        if request.tok != PARAMETER:
            known = ", ".join((PARAMETER, *READ))
            raise ProviderError(f"the sandbox's AWS has no function {request.tok}; it has {known}")
        name = plain(request.args)["name"]
        if has_unknown(name):
            return sdk.InvokeResponse(return_value=properties({"name": name, "value": UNKNOWN}))
        return sdk.InvokeResponse(return_value=properties(image_parameter(name)))

    def _outputs(self, kind: Kind, inputs: Properties, live: Plain) -> Properties:
        tags = {"tagsAll": self._tags(plain(inputs))} if kind.taggable else {}
        return {**inputs, **properties(tags), **properties(live)}

    def _tags(self, inputs: Plain) -> dict[str, str] | str:
        """UNKNOWN where a preview does not know the program's own tags."""
        return UNKNOWN if inputs.get("tags") == UNKNOWN else self._api.all_tags(inputs)

    def _retag(self, identity: str, old: Plain, new: Plain) -> None:
        had, wanted = old.get("tagsAll", {}), self._api.all_tags(new)
        gone = [key for key in had if key not in wanted]
        changed = [{"Key": key, "Value": value} for key, value in wanted.items() if had.get(key) != value]
        if identity.startswith("arn:aws:elasticloadbalancing:"):
            balancing.retag(self._api, identity, gone, changed)
            return
        if gone:
            self._api.ec2.delete_tags(Resources=[identity], Tags=[{"Key": key} for key in gone])
        if changed:
            self._api.ec2.create_tags(Resources=[identity], Tags=changed)

    async def _ask(self, call: Any) -> Any:
        """Run `call` in a thread, since boto3 blocks; an error of the API becomes a ProviderError."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._api.threads, call)
        except ProviderError:
            raise
        except Exception as error:
            if code := error_code(error):
                message = getattr(error, "response", {})["Error"].get("Message", "")
                raise ProviderError(f"{code}: {message}") from error
            if type(error).__name__ in ("EndpointConnectionError", "ConnectTimeoutError", "NoCredentialsError"):
                raise ProviderError(
                    f"the sandbox does not answer ({error}): `python -m sandbox start` starts it"
                ) from error
            raise


def _kind(token: str) -> Kind:
    if token in ABSENT:
        raise ProviderError(ABSENT[token])
    if token not in KINDS:
        raise ProviderError(f"the sandbox's AWS has no {token}; it has {', '.join(sorted(KINDS))}")
    return KINDS[token]


def _parsed(value: Any) -> Any:
    """Provider config arrives as JSON text where it is not a string."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value
