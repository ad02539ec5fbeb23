"""A kind of resource, as a row of functions over the EC2 API, and what several kinds share."""

import hashlib
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from sandbox.providers.failure import ProviderError
from sandbox.providers.values import Plain

_CONNECTIONS = 64
_ATTEMPTS = 20
"""How often a call is tried; the AWS provider tries 25 times."""


class Api:
    """The AWS API of one configured provider; clients are made when first needed, since boto3 is slow to load."""

    def __init__(self, region: str, default_tags: Mapping[str, str]) -> None:
        self.region, self.default_tags = region, default_tags
        # Threads of its own: a create waits for minutes, and the event loop has few of them.
        self.threads = ThreadPoolExecutor(max_workers=_CONNECTIONS, thread_name_prefix="aws")

    def _client(self, service: str) -> Any:
        import boto3
        import botocore.config

        # As many calls at once as the CLI makes. An API that throttles gets them more slowly, and again.
        config = botocore.config.Config(
            max_pool_connections=_CONNECTIONS, retries={"mode": "adaptive", "max_attempts": _ATTEMPTS}
        )
        client = boto3.session.Session(region_name=self.region).client(service, config=config)
        _reached(client.meta.endpoint_url)
        return client

    @cached_property
    def ec2(self) -> Any:
        return self._client("ec2")

    @cached_property
    def elbv2(self) -> Any:
        return self._client("elbv2")

    def all_tags(self, inputs: Mapping[str, Any]) -> dict[str, str]:
        return {**self.default_tags, **inputs.get("tags", {})}


def _reached(endpoint: str) -> None:
    """An API that does not answer at all is an error at once: no number of attempts would start it."""
    url = urlsplit(endpoint)
    try:
        socket.create_connection((url.hostname, url.port), timeout=5).close()
    except OSError as error:
        raise ProviderError(
            f"the sandbox does not answer ({endpoint}: {error}): `python -m sandbox start` starts it"
        ) from error


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`create` returns the id; `read` the live outputs, None where the resource is gone.

    `update` gets only the inputs that changed. Inputs named in `replace_on` can't change in place (the
    AWS provider's ForceNew). `computed` are the outputs that a preview can't know. `tagged_by` names the output by
    which the tags API knows the resource, where that is not its id.
    """

    required: tuple[str, ...]
    create: Callable[[Api, Plain], str]
    read: Callable[[Api, str], Plain | None]
    delete: Callable[[Api, str, Plain], None]
    update: Callable[[Api, str, Plain], None] | None = None
    replace_on: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    taggable: bool = True
    tagged_by: str = ""
    named: str = ""


def capital(key: str) -> str:
    """enableDnsSupport -> EnableDnsSupport"""
    return key[0].upper() + key[1:]


def given(inputs: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Those of `keys` that `inputs` has, with AWS's capital."""
    return {capital(key): inputs[key] for key in keys if key in inputs}


def live(arn: str, found: Any, *keys: str) -> Plain | None:
    """The outputs of a resource that the API has: ARN, tags and `keys`. None where it is gone."""
    return found and {"arn": arn, "tagsAll": tags_of(found), **{key: found[capital(key)] for key in keys}}


def tagged(resource_type: str, api: Api, inputs: Plain) -> dict[str, Any]:
    """The argument of a Create call that tags what it creates."""
    tags = [{"Key": key, "Value": value} for key, value in sorted(api.all_tags(inputs).items())]
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": tags}]} if tags else {}


def tags_of(found: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


def arn(api: Api, kind: str, identity: str) -> str:
    """In moto's account."""
    return f"arn:aws:ec2:{api.region}:123456789012:{kind}/{identity}"


def auto_name(urn: str, inputs: Plain) -> str:
    """`<name>-` and 7 hex digits, as Pulumi names things.

    They are the same for the same inputs, so that a create which was cut off before its result was written finds
    what it made.
    """
    digest = hashlib.sha256(repr((urn, sorted(inputs.items()))).encode()).hexdigest()
    return f"{urn.rsplit('::', 1)[1]}-{digest[:7]}"


def error_code(error: Exception) -> str:
    """Such as InvalidVpcID.NotFound; empty for an error that is not an answer of the API."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def found_or_none(read: Callable[[], Any]) -> Any:
    """What `read` returns; None where the API does not have it."""
    try:
        return read()
    except Exception as error:
        if error_code(error).endswith(("NotFound", ".Malformed")):
            return None
        raise


def only(describe: Callable[[], Any], key: str) -> Any:
    """The one resource that a Describe call lists under `key` of its answer; None where the API has none."""
    return next(iter((found_or_none(describe) or {}).get(key, ())), None)
