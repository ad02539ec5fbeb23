"""Instances: each is a real host of the sandbox."""

import base64
from typing import Any

from sandbox.providers.aws.kind import Api, Kind, arn, found_or_none, given, live, tagged
from sandbox.providers.failure import ProviderError
from sandbox.providers.values import Plain

_POLLS = ((0.25, 60), (2.0, 300))
"""Seconds between two looks at a state, and how many of these: often at first, then so that no API throttles it."""
_SECONDS_MOST = sum(pause * number for pause, number in _POLLS)
_GONE = ("shutting-down", "terminated")


def _describe(api: Api, identity: str) -> Any:
    answer = found_or_none(lambda: api.ec2.describe_instances(InstanceIds=[identity]))
    found = [
        instance for reservation in (answer or {}).get("Reservations", []) for instance in reservation["Instances"]
    ]
    return found[0] if found else None


def _wait(api: Api, identity: str, state: str) -> None:
    """Until the instance is running, stopped or terminated. Raises ProviderError where it does not get there."""
    from botocore.exceptions import WaiterError

    waiter = api.ec2.get_waiter(f"instance_{state}")
    for pause, number in _POLLS:
        try:
            waiter.wait(InstanceIds=[identity], WaiterConfig={"Delay": pause, "MaxAttempts": number})
        except WaiterError as error:
            if (pause, number) != _POLLS[-1] and "Max attempts exceeded" in str(error):
                continue
            raise _unreached(api, identity, state) from error
        return


def _unreached(api: Api, identity: str, state: str) -> ProviderError:
    """Why an instance does not get to a state."""
    instance = _describe(api, identity)
    if instance is None:
        return ProviderError(f"{identity} is gone")
    found = instance["State"]["Name"]
    reason = instance.get("StateReason", {}).get("Message") or f"after {_SECONDS_MOST:.0f} s"
    return ProviderError(f"{identity} is {found} and not {state}: {reason}")


def _metadata(inputs: Plain) -> dict[str, Any]:
    return given(inputs["metadataOptions"], "httpEndpoint", "httpTokens", "httpPutResponseHopLimit")


def _request(api: Api, inputs: Plain) -> dict[str, Any]:
    request = given(inputs, "instanceType", "subnetId", "keyName", "userData")
    names = {"ami": "ImageId", "privateIp": "PrivateIpAddress", "vpcSecurityGroupIds": "SecurityGroupIds"}
    request |= {aws: inputs[key] for key, aws in names.items() if key in inputs}
    if "metadataOptions" in inputs:
        request["MetadataOptions"] = _metadata(inputs)
    if device := inputs.get("rootBlockDevice"):
        ebs = given(device, "volumeType", "volumeSize", "encrypted", "deleteOnTermination")
        request["BlockDeviceMappings"] = [{"DeviceName": "/dev/xvda", "Ebs": ebs}]
    return request | tagged("instance", api, inputs)


def _create(api: Api, inputs: Plain) -> str:
    made = api.ec2.run_instances(MinCount=1, MaxCount=1, **_request(api, inputs))
    identity = str(made["Instances"][0]["InstanceId"])
    _wait(api, identity, "running")
    return identity


def _read(api: Api, identity: str) -> Plain | None:
    instance = _describe(api, identity)
    if instance is None or instance["State"]["Name"] in _GONE:
        return None
    interfaces = instance.get("NetworkInterfaces") or [{}]
    address = instance.get("PrivateIpAddress")
    return {
        **(live(arn(api, "instance", identity), instance, "instanceType") or {}),
        "ami": instance["ImageId"],
        "availabilityZone": instance["Placement"]["AvailabilityZone"],
        "instanceState": instance["State"]["Name"],
        "keyName": instance.get("KeyName"),
        "primaryNetworkInterfaceId": interfaces[0].get("NetworkInterfaceId"),
        "privateDns": instance.get("PrivateDnsName"),
        "privateIp": address,
        # No internet here: a host with a public address is reached from outside at the one that it has inside.
        "publicIp": address if instance.get("PublicIpAddress") else "",
        "subnetId": instance.get("SubnetId"),
        "vpcSecurityGroupIds": [group["GroupId"] for group in instance.get("SecurityGroups", [])],
    }


def _update(api: Api, identity: str, changes: Plain) -> None:
    """Stops the instance for what EC2 changes only on a stopped one, and starts it again."""
    if "vpcSecurityGroupIds" in changes:
        api.ec2.modify_instance_attribute(InstanceId=identity, Groups=changes["vpcSecurityGroupIds"])
    if "metadataOptions" in changes:
        api.ec2.modify_instance_metadata_options(InstanceId=identity, **_metadata(changes))
    stopped: dict[str, Any] = {}
    if "instanceType" in changes:
        stopped["InstanceType"] = {"Value": changes["instanceType"]}
    if "userData" in changes:
        # boto3 encodes this once, as EC2 requires; moto decodes it once and expects it encoded still.
        stopped["UserData"] = {"Value": base64.b64encode(changes["userData"].encode())}
    if not stopped:
        return
    api.ec2.stop_instances(InstanceIds=[identity])
    _wait(api, identity, "stopped")
    for name, value in stopped.items():
        api.ec2.modify_instance_attribute(InstanceId=identity, **{name: value})
    api.ec2.start_instances(InstanceIds=[identity])
    _wait(api, identity, "running")


def _delete(api: Api, identity: str, _: Plain) -> None:
    api.ec2.terminate_instances(InstanceIds=[identity])
    _wait(api, identity, "terminated")


INSTANCE = Kind(
    required=("ami", "instanceType", "subnetId"),
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    replace_on=("ami", "availabilityZone", "keyName", "privateIp", "subnetId"),
    computed=(
        *("arn", "availabilityZone", "instanceState", "primaryNetworkInterfaceId"),
        *("privateDns", "privateIp", "publicIp"),
    ),
)
