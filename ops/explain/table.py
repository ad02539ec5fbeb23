"""AWS's errors that a stack's config, its account or a killed `up` can cause, and what to do about each.

Codes and messages are those of the EC2, Elastic Load Balancing, Route 53 and IAM APIs.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`message`: what is in AWS's message, as a regular expression whose groups the sentence names.

    `{region}` is the stack's; `{role}` is master or slave, as in `{role}InstanceType`.
    """

    codes: tuple[str, ...]
    sentence: str
    message: str = ""


def _quota(code: str, what: str, quota: str, instead: str) -> Row:
    return Row(
        (code,),
        f"the account has all the {what} in {{region}} that its quota allows: request an increase in Service Quotas "
        f"(code {quota}), or {instead}",
    )


_LEFT_BEHIND = (
    "AWS has this already, but the stack's state does not, as after a killed `up`: delete it in the VPC console of "
    "{region}, and run `up` again"
)

QUOTAS = (
    Row(
        ("VcpuLimitExceeded",),
        "AWS refuses more than {limit} vCPUs of On-Demand instances in {region}: request an increase in Service "
        "Quotas (code L-1216C47A), or choose a smaller {role}InstanceType or {role}Count",
        r"vCPU limit of (?P<limit>\d+)",
    ),
    _quota("VpcLimitExceeded", "VPCs", "L-F678F1CE", "delete a VPC there, or set another aws:region"),
    _quota("AddressLimitExceeded", "Elastic IPs", "L-0263D0A3", "release some, or set natGateways one"),
    _quota(
        *("NatGatewayLimitExceeded", "NAT gateways of a zone", "L-FE5A380F"), "delete one, or set another aws:region"
    ),
    _quota(
        *("InternetGatewayLimitExceeded", "internet gateways", "L-A4707A72"), "delete one, or set another aws:region"
    ),
    _quota("SecurityGroupLimitExceeded", "security groups", "L-E79EC296", "delete some, or set another aws:region"),
    _quota("TooManyLoadBalancers", "network load balancers", "L-69A177A2", "remove haproxy from services"),
    _quota("TooManyTargetGroups", "target groups", "L-B22855CB", "remove haproxy from services"),
    Row(
        ("RulesPerSecurityGroupLimitExceeded",),
        "adminCidrs has more ranges than the rules of a security group: join ranges, or request an increase in "
        "Service Quotas (code L-0EA8095F)",
    ),
    Row(
        ("SecurityGroupsPerInterfaceLimitExceeded",),
        "a node is in two security groups, and the account allows fewer for an interface: request an increase in "
        "Service Quotas (code L-2AFB9258)",
    ),
    Row(
        ("VolumeLimitExceeded",),
        "the account has all the storage in {region} that its quota allows: choose a smaller rootVolumeGb, or "
        "request an increase in Service Quotas, for Amazon EBS",
    ),
    Row(
        ("InvalidParameterCombination",),
        "AWS's free plan does not include the instance type: upgrade the account to the paid plan, or set "
        "{role}InstanceType to one that is included, such as t3.small",
        "not eligible for Free Tier",
    ),
    Row(
        ("RequestLimitExceeded", "Throttling"),
        "AWS throttles the requests of this account in {region}: wait a minute, and run `up` again",
    ),
)

OUTAGES = (
    Row(
        ("InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"),
        "AWS's API has failed in {region}, and retries did not help: run `up` again later; it goes on from there",
    ),
)

INSTANCES = (
    Row(
        ("InvalidParameterValue",),
        "{kind} is not an instance type in {region}: correct {role}InstanceType",
        r"Invalid value '(?P<kind>[^']*)' for InstanceType",
    ),
    Row(
        ("InvalidParameterValue",),
        "{role}InstanceType is {kind} and the AMI is {image}: both have to be x86_64; correct ami or "
        "{role}InstanceType",
        r"architecture '(?P<kind>\w+)' of the specified instance type .* architecture '(?P<image>\w+)' of the "
        "specified AMI",
    ),
    Row(
        ("Unsupported",),
        "{zone} does not have the instance type {kind}: choose other zones or another {role}InstanceType",
        r"instance type \((?P<kind>[^)]+)\) is not supported in your requested Availability Zone \((?P<zone>[^)]+)\)",
    ),
    Row(
        ("InsufficientInstanceCapacity",),
        "AWS has no machine of this type free in the node's zone: run `up` again later, or choose other zones or "
        "another {role}InstanceType",
    ),
    Row(
        ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"),
        "{region} does not have this AMI, or it is not shared with your account: correct ami, or remove it to use "
        "the vendor's",
    ),
    Row(
        ("InvalidBlockDeviceMapping",),
        "rootVolumeGb is {size}, and the AMI needs {least}: set rootVolumeGb to {least} or more",
        r"Volume of size (?P<size>\d+)GB is smaller .* >= (?P<least>\d+)GB",
    ),
    Row(
        ("InvalidIPAddress.InUse",),
        "something else in the subnet has {address}, which is planned for this node: `aws ec2 "
        "describe-network-interfaces --filters Name=private-ip-address,Values={address}` names it; delete it, and "
        "run `up` again",
        r"Address (?P<address>[\d.]+) is in use",
    ),
    Row(
        ("InvalidTarget",),
        "the slave does not run: start its instance, or run `./pulumiw up --refresh` to make it again",
    ),
)

NETWORK = (
    Row(
        ("InvalidParameterValue",),
        "zones has {zone}, in which your account cannot create a subnet: set zones to letters of {letters}",
        r"Value \((?P<zone>[^)]+)\) for parameter availabilityZone is invalid\..*availability zones: "
        r"(?P<letters>[a-z0-9, -]+)",
    ),
    Row(
        ("InsufficientFreeAddressesInSubnet",),
        "the subnet is full: destroy the cluster, and set a larger vpcCidr, or with vpcId name a larger subnet",
    ),
    Row(
        ("InvalidSubnet",),
        "a load balancer needs {least} free addresses in each subnet: destroy the cluster, and set a larger vpcCidr, "
        "or with vpcId name a larger subnet",
        r"Not enough IP space available .* at least (?P<least>\d+)",
    ),
    Row(
        ("InvalidSubnet",),
        "the VPC's gateway is not attached: run `./pulumiw up --refresh` to attach it again; with vpcId, the VPC's "
        "owner attaches one",
        "has no internet gateway",
    ),
    Row(("InvalidPermission.Duplicate", "InvalidSubnet.Conflict", "RouteAlreadyExists"), _LEFT_BEHIND),
    Row(
        ("InvalidParameterValue",),
        _LEFT_BEHIND,
        "has overlap with existing reserved CIDR block|already has an internet gateway attached",
    ),
    Row(
        ("DependencyViolation",),
        "something that is not in the stack still uses it: find it in the VPC console of {region}, remove it, and "
        "run the same command again",
    ),
    Row(
        ("CertificateNotFound",),
        "certificateArn names no certificate of your account in {region}: a load balancer needs one of its own "
        "region",
    ),
    Row(
        ("UnsupportedCertificate",),
        "the certificate of certificateArn is not issued yet, or not for a load balancer: validate it in Certificate "
        "Manager, and run `up` again",
    ),
    Row(("NoSuchHostedZone",), "hostedZone is not a zone of your account: correct it, or remove it"),
    Row(
        ("InvalidChangeBatch",),
        "the record does not fit the zone: domain has to be in the zone that hostedZone names, and the zone must not "
        "have the record already",
    ),
)

ACCOUNT = (
    Row(
        ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException"),
        "your credentials may not do {action}: attach the policy of docs/iam-policy.json to them",
        r"not authorized to perform: (?P<action>[\w:]+)",
    ),
    Row(
        ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException"),
        "your credentials may not do this: attach the policy of docs/iam-policy.json to them",
    ),
    Row(
        ("ExpiredToken", "ExpiredTokenException", "RequestExpired"),
        "your credentials have expired, or this machine's clock is wrong: log in again, and run `up` again",
    ),
    Row(
        ("AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"),
        "AWS does not accept your credentials in {region}: check AWS_PROFILE, and whether the region is enabled for "
        "the account",
    ),
    Row(
        ("OptInRequired",), "the account has not enabled this service in {region}: finish its sign-up in the console"
    ),
    Row(
        ("PendingVerification",),
        "AWS still verifies the account for {region}, which can take four hours: then run `up` again",
    ),
)

TABLE = (*QUOTAS, *OUTAGES, *INSTANCES, *NETWORK, *ACCOUNT)
