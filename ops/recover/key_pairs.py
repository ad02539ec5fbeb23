"""Key pairs that a killed `up` imported and did not save: EC2 refuses to import another of the same name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ops.recover.access import Access
from ops.recover.instances import may_be_in_creation
from ops.recover.state import State


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    name: str
    imported: datetime

    @property
    def may_be_in_creation(self) -> bool:
        return may_be_in_creation(self.imported)


def unknown(state: State, tags: Mapping[str, str]) -> list[KeyPair]:
    """Those with these tags whose import was cut off. Raises what boto3 raises."""
    if not state.key_names:
        return []
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    filters.append({"Name": "key-name", "Values": state.key_names})
    found = state.access.ec2().describe_key_pairs(Filters=filters)["KeyPairs"]
    return [KeyPair(name=one["KeyName"], imported=one["CreateTime"]) for one in found]


def delete(access: Access, pairs: list[KeyPair]) -> None:
    """No instance needs its key pair after its launch. Raises what boto3 raises."""
    ec2 = access.ec2()
    for pair in pairs:
        ec2.delete_key_pair(KeyName=pair.name)
