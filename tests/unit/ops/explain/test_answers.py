"""A sentence with a remedy for each error of AWS that a config, an account or a killed `up` can cause."""

import json
import re

import pytest

from ops.explain.answers import answer, answers
from ops.explain.events import Failure, failures, region
from ops.explain.table import TABLE
from sandbox.home import PROJECT

OF_AWS = (
    "1 error occurred:\n\t* creating EC2 Instance: operation error EC2: RunInstances, https response error "
    "StatusCode: 400, RequestID: 7984322b-3ac5-4b5a-8251-3fd4768a0eba, api error {}: provider=aws@7.51.1\n\n"
)
"""As the AWS provider wraps an error."""

CASES = {
    "VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 4 allows for the "
    "instance bucket": "slave-3: AWS refuses more than 4 vCPUs of On-Demand instances in us-east-1: request an "
    "increase in Service Quotas (code L-1216C47A), or choose a smaller slaveInstanceType or slaveCount",
    "AddressLimitExceeded: The maximum number of addresses has been reached.": "(code L-0263D0A3), or release some",
    "NatGatewayLimitExceeded: The maximum number of NAT gateways": "L-FE5A380F",
    "VpcLimitExceeded: The maximum number of VPCs has been reached.": "(code L-F678F1CE), or delete a VPC",
    "InternetGatewayLimitExceeded: The maximum number of internet gateways has been reached.": "L-A4707A72",
    "SecurityGroupLimitExceeded: The maximum number of security groups has been reached.": "L-E79EC296",
    "TooManyLoadBalancers: The maximum number of load balancers has been reached.": "remove haproxy from services",
    "TooManyTargetGroups: The maximum number of target groups has been reached.": "L-B22855CB",
    "RulesPerSecurityGroupLimitExceeded: The maximum number of rules": "adminCidrs has more ranges than",
    "SecurityGroupsPerInterfaceLimitExceeded: The maximum number of security groups": "L-2AFB9258",
    "VolumeLimitExceeded: You have exceeded": "choose a smaller rootVolumeGb",
    "InvalidParameterCombination: The specified instance type is not eligible for Free Tier. For": "set "
    "slaveInstanceType to one that is included",
    "RequestLimitExceeded: Request limit exceeded.": "AWS throttles the requests",
    "Throttling: Rate exceeded": "AWS throttles the requests",
    "InternalError: An internal error has occurred": "AWS's API has failed in us-east-1, and retries did not help",
    "InvalidParameterValue: Invalid value 't9.medium' for InstanceType.": "slave-3: t9.medium is not an instance "
    "type in us-east-1: correct slaveInstanceType",
    "InvalidParameterValue: The architecture 'x86_64' of the specified instance type does not match the architecture "
    "'arm64' of the specified AMI. Specify": "slaveInstanceType is x86_64 and the AMI is arm64: both have to be",
    "Unsupported: Your requested instance type (t3.medium) is not supported in your requested Availability Zone "
    "(us-east-1e). Please": "us-east-1e does not have the instance type t3.medium: choose other zones",
    "InsufficientInstanceCapacity: We currently do not have sufficient": "run `up` again later",
    "InvalidAMIID.NotFound: The image id '[ami-0]' does not exist": "us-east-1 does not have this AMI",
    "InvalidBlockDeviceMapping: Volume of size 8GB is smaller than snapshot 'snap-0', expect size >= 30GB": "set "
    "rootVolumeGb to 30 or more",
    "InvalidIPAddress.InUse: Address 10.0.0.13 is in use.": "Values=10.0.0.13` names it",
    "InvalidTarget: The following targets are not in a running state": "run `./pulumiw up --refresh`",
    "InvalidParameterValue: Value (us-west-1a) for parameter availabilityZone is invalid. Subnets can currently only "
    "be created in the following availability zones: us-west-1b, us-west-1c.": "zones has us-west-1a, in which your "
    "account cannot create a subnet: set zones to letters of us-west-1b, us-west-1c",
    "InsufficientFreeAddressesInSubnet: There are not enough": "set a larger vpcCidr",
    "InvalidSubnet: Not enough IP space available in subnet-0. ELB requires at least 8 free IP addresses in each "
    "subnet.": "a load balancer needs 8 free addresses in each subnet",
    "InvalidSubnet: VPC vpc-0 has no internet gateway": "run `./pulumiw up --refresh` to attach it again",
    "InvalidPermission.Duplicate: the specified rule already exists": "as after a killed `up`",
    "InvalidSubnet.Conflict: The CIDR '10.0.0.0/19' conflicts with another subnet": "as after a killed `up`",
    "InvalidParameterValue: Reservation CIDR 10.0.0.0/23 has overlap with existing reserved CIDR block": "as after a "
    "killed `up`",
    "InvalidParameterValue: Network vpc-0 already has an internet gateway attached": "as after a killed `up`",
    "DependencyViolation: resource sg-0 has a dependent object": "something that is not in the stack still uses it",
    "CertificateNotFound: Certificate 'arn:aws:acm:any' not found": "certificateArn names no certificate",
    "UnsupportedCertificate: The certificate 'arn:aws:acm:any' must": "is not issued yet",
    "NoSuchHostedZone: No hosted zone found with ID: Z0": "hostedZone is not a zone of your account",
    "InvalidChangeBatch: [RRSet with DNS name *.example.com.": "domain has to be in the zone",
    "UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:iam::1:user/a is not "
    "authorized to perform: ec2:RunInstances because": "your credentials may not do ec2:RunInstances: attach the",
    "UnauthorizedOperation: You are not authorized to perform this operation.": "your credentials may not do this",
    "ExpiredToken: The security token included in the request is expired": "your credentials have expired",
    "AuthFailure: AWS was not able to validate the provided access credentials": "AWS does not accept your",
    "OptInRequired: You are not subscribed to this service.": "finish its sign-up in the console",
    "PendingVerification: Your request for accessing resources in this region is being validated": "four hours",
}


@pytest.mark.parametrize("wrapped", [OF_AWS, "{}"])
@pytest.mark.parametrize(("message", "part"), CASES.items())
def test_an_error_of_aws_has_a_sentence_with_a_remedy(message: str, part: str, wrapped: str) -> None:
    (sentence,) = answers([Failure("slave-3", wrapped.format(message))], "us-east-1")
    assert part in sentence
    assert "{" not in sentence


def test_every_row_of_the_table_is_tried() -> None:
    tried = {answer(Failure("any", message), "any") for message in CASES}
    assert len(tried) >= len({row.sentence for row in TABLE})


NOT_BY_CONFIG = {
    "DuplicateListener", "DuplicateLoadBalancerName", "Gateway.NotAttached", "InvalidConfigurationRequest",
    "InvalidKeyPair.NotFound",
    "InvalidParameter", "InvalidPermission.Malformed", "InvalidSecurityGroup", "InvalidSubnet.Range",
    "InvalidSubnetID.NotFound", "InvalidVpc.Range", "SubnetLimitExceeded", "UnsupportedOperation",
    "VPCIdNotSpecified", "ValidationError",
}  # fmt: skip
"""What only another program could cause: this one checks its config, and names and connects its resources itself."""


def test_every_code_with_which_the_sandbox_refuses_is_answered_or_is_not_caused_by_a_config() -> None:
    text = "\n".join(path.read_text() for path in (PROJECT / "sandbox/cloud/rules").glob("*.py"))
    codes = set(re.findall(r'code="([\w.]+)"', text)) | set(re.findall(r'"(\w+LimitExceeded|TooMany\w+)"', text))
    answered = {code for row in TABLE for code in row.codes}
    assert len(codes) > 20
    assert codes - answered == NOT_BY_CONFIG


def test_an_error_that_the_table_does_not_have_gets_no_sentence() -> None:
    assert answers([Failure("slave-3", "InvalidParameterValue: something new")], "us-east-1") == []
    assert answers([Failure("slave-3", "WhoKnows: VcpuLimit")], "us-east-1") == []


def test_resources_with_the_same_remedy_share_a_sentence_and_a_masters_keys_are_the_masters() -> None:
    message = "VcpuLimitExceeded: your current vCPU limit of 4 allows"
    found = answers([Failure(name, message) for name in ("slave-3", "master-1", "slave-4", "slave-3")], "us-east-1")
    assert [sentence.partition(":")[0] for sentence in found] == ["slave-3, slave-4", "master-1"]
    assert "masterInstanceType or masterCount" in found[1]


def event(kind: str, severity: str = "error") -> str:
    urn = f"urn:pulumi:dev::apollo::apollo:cluster:Cluster${kind}::slave-3"
    return json.dumps({"diagnosticEvent": {"urn": urn, "message": "any", "severity": severity}})


def test_only_errors_of_resources_on_aws_are_read_from_the_log() -> None:
    lines = [
        json.dumps({"preludeEvent": {"config": {"aws:region": "eu-west-1", "apollo:weavePassword": "[secret]"}}}),
        event("aws:ec2/instance:Instance"),
        event("aws:ec2/instance:Instance", "info"),
        event("command:remote:Command"),
        json.dumps({"diagnosticEvent": {"message": "any", "severity": "error"}}),
        json.dumps({"summaryEvent": {}}),
        '{"cut',
    ]
    assert list(failures(lines)) == [Failure("slave-3", "any"), Failure("", "any")]
    assert region(lines) == "eu-west-1"
    assert region([]) == "this region"
