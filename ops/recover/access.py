"""The way to a stack's AWS account: as its provider goes, by the region, the profile and the roles of its config."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

_QUICK = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 2})


@dataclass(frozen=True, kw_only=True)
class Access:
    """`region` is "" where no provider was made yet; the credentials are the default ones where `profile` is "".

    `roles` are assumed one after the other; their keys are those of `aws:assumeRoles`.
    """

    region: str
    profile: str
    roles: Sequence[Mapping[str, str]]

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> "Access":
        """From the inputs of the provider in a state, where lists are JSON text."""
        roles = inputs.get("assumeRoles") or []
        return cls(
            region=str(inputs.get("region") or ""),
            profile=str(inputs.get("profile") or ""),
            roles=json.loads(roles) if isinstance(roles, str) else roles,
        )

    def ec2(self) -> Any:
        """A client of EC2. Raises what boto3 raises."""
        return self.client("ec2")

    def client(self, service: str) -> Any:
        """A client of one of AWS' services. Raises what boto3 raises."""
        session = boto3.Session(profile_name=self.profile or None, region_name=self.region)
        for role in self.roles:
            external = {"ExternalId": role["externalId"]} if role.get("externalId") else {}
            answer = session.client("sts", config=_QUICK).assume_role(
                RoleArn=role["roleArn"], RoleSessionName=role.get("sessionName") or "apollo", **external
            )["Credentials"]
            session = boto3.Session(
                aws_access_key_id=answer["AccessKeyId"],
                aws_secret_access_key=answer["SecretAccessKey"],
                aws_session_token=answer["SessionToken"],
                region_name=self.region,
            )
        return session.client(service, config=_QUICK)
