"""Rules: what a single value of a stack's config has to satisfy, whatever the other values are."""

import base64
import re
from collections.abc import Callable, Collection
from ipaddress import IPv4Address
from typing import Any

from pydantic import AfterValidator, SecretStr

from infra.config import bounds

VPC_ID = r"^(vpc-([0-9a-f]{8}|[0-9a-f]{17}))?$"
SUBNET_ID = r"^subnet-([0-9a-f]{8}|[0-9a-f]{17})$"
AMI = r"^(ami-([0-9a-f]{8}|[0-9a-f]{17}))?$"
_TAG, _DIGEST = r":[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", r"@sha256:[0-9a-f]{64}"
# docker's grammar of references, with a tag, a digest or both; none of its characters is special to a shell
IMAGE = rf"^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*({_TAG}|({_TAG})?{_DIGEST})$"
REGISTRY = r"^([a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)?$"
CERTIFICATE = r"^(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9A-Za-z-]+)?$"
# RFC 1123's host name: letters, digits and inner hyphens
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# RFC 3986's characters, without quotes, parentheses and $
URL = r"^((https?|file)://[A-Za-z0-9._~:/?#@!&*+,;=%\[\]-]+)?$"


def rule(holds: Callable[[Any], bool]) -> AfterValidator:
    def check(value: Any) -> Any:
        if not holds(value):
            # Shown for secrets alone, whose value is not.
            raise ValueError("it has another form")
        return value

    return AfterValidator(check)


def one_of(values: Collection[Any]) -> AfterValidator:
    return rule(lambda value: value in values)


def _amd64_instance_type(name: str) -> bool:
    """Graviton families have a g after their generation (t4g, c7gn); a1 was the first of them."""
    return bool(re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", name)) and not re.match(r"[a-z]+\d+g|a1\.", name)


def _zone_letters(letters: Collection[str]) -> bool:
    different = len(set(letters)) == len(letters)
    return (
        different
        and 1 <= len(letters) <= bounds.ZONES_MOST
        and all(re.fullmatch("[a-z]", letter) for letter in letters)
    )


odd_quorum = one_of(bounds.MASTER_COUNTS)
instance_type = rule(_amd64_instance_type)
zones = rule(_zone_letters)
not_empty = rule(bool)
private = rule(lambda network: network.is_private)
vpc = rule(
    lambda network: network.is_private and bounds.VPC_PREFIXES[0] <= network.prefixlen <= bounds.VPC_PREFIXES[1]
)
subnet = rule(
    lambda network: network.is_private and bounds.VPC_PREFIXES[0] <= network.prefixlen <= bounds.SUBNET_PREFIX_MOST
)
password = rule(lambda secret: re.fullmatch(r"[\x20-\x7e]{8,256}", secret.get_secret_value()) is not None)


def _base64(*sizes: int) -> AfterValidator:
    """A secret of one of these numbers of bytes, in base64."""

    def holds(secret: SecretStr) -> bool:
        try:
            return len(base64.b64decode(secret.get_secret_value(), validate=True)) in sizes
        except ValueError:
            return False

    return rule(holds)


def _forwarder(text: str) -> bool:
    try:
        return text == "vpc" or bool(IPv4Address(text))
    except ValueError:
        return False


gossip_key = _base64(16, 24, 32)
host_key_secret = _base64(32)
backup_key = _base64(32)
token = rule(lambda secret: re.fullmatch(_UUID, secret.get_secret_value()) is not None)
account_ids = rule(lambda listed: all(re.fullmatch(r"\d{12}", account) for account in listed))
domain = rule(lambda name: len(name) <= 253 and re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", name) is not None)
images = rule(lambda named: all(re.fullmatch(IMAGE, image) for image in named.values()))
forwarders = rule(lambda listed: all(map(_forwarder, listed)))
