"""Reservations of a part of a subnet, whose addresses AWS gives to nothing by itself."""

from sandbox.providers.aws.kind import Api, Kind, found_or_none
from sandbox.providers.values import Plain


def _reservations(api: Api, subnet: str) -> list[dict[str, str]]:
    found = found_or_none(lambda: api.ec2.get_subnet_cidr_reservations(SubnetId=subnet))
    return list((found or {}).get("SubnetIpv4CidrReservations", []))


def _reserve(api: Api, inputs: Plain) -> str:
    """The API lists reservations by their subnets, so both ids make one."""
    subnet, cidr = inputs["subnetId"], inputs["cidrBlock"]
    for found in _reservations(api, subnet):
        if found["Cidr"] == cidr:  # from a create that was cut off
            return f"{subnet}:{found['SubnetCidrReservationId']}"
    described = {"Description": inputs["description"]} if "description" in inputs else {}
    made = api.ec2.create_subnet_cidr_reservation(
        SubnetId=subnet, Cidr=cidr, ReservationType=inputs["reservationType"], **described
    )
    return f"{subnet}:{made['SubnetCidrReservation']['SubnetCidrReservationId']}"


def _read_reservation(api: Api, identity: str) -> Plain | None:
    subnet, reservation = identity.split(":")
    for found in _reservations(api, subnet):
        if found["SubnetCidrReservationId"] == reservation:
            return {
                "subnetId": subnet,
                "cidrBlock": found["Cidr"],
                "reservationType": found["ReservationType"],
                "ownerId": found["OwnerId"],
            }
    return None


def _delete_reservation(api: Api, identity: str, _: Plain) -> None:
    """The API's answer for one that is gone has a code that names no kind of resource."""
    if _read_reservation(api, identity):
        api.ec2.delete_subnet_cidr_reservation(SubnetCidrReservationId=identity.split(":")[1])


RESERVATION = Kind(
    required=("subnetId", "cidrBlock", "reservationType"),
    create=_reserve,
    read=_read_reservation,
    delete=_delete_reservation,
    replace_on=("subnetId", "cidrBlock", "reservationType", "description"),
    computed=("ownerId",),
    taggable=False,
)
