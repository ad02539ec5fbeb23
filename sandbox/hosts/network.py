"""The VPC's network on this machine: one namespace with a bridge in it, and a leg of this machine on that bridge.

The address of the metadata service is the bridge's, in that namespace: this machine may be an instance of EC2, with a
metadata service of its own at the same address.
"""

from ipaddress import IPv4Address, IPv4Network

from sandbox.home import Home
from sandbox.hosts.programs import run

BRIDGE = "vpc"
LEG = "machine"
NIC = "eth0"
METADATA = IPv4Address("169.254.169.254")


def gateway(vpc: IPv4Network) -> IPv4Address:
    """This machine's own address in the VPC; the registry is there."""
    return vpc.network_address + 1


def network_up(home: Home, vpc: IPv4Network) -> None:
    """Make the switch and connect this machine to it. Undoes what it made where a step fails.

    The root end of the pair has the VPC's prefix, which gives a connected route: no forwarding is turned on here,
    and no filter of this machine is in the way.
    """
    try:
        run("ip", "netns", "add", home.name)
        # With a MAC of its own: a bridge without takes one of its ports', and changes it as hosts come and go.
        run("ip", "-n", home.name, "link", "add", "name", BRIDGE, "address", mac(METADATA), "type", "bridge")
        run("ip", "-n", home.name, "address", "add", str(METADATA), "dev", BRIDGE)
        run("ip", "-n", home.name, "link", "set", "dev", BRIDGE, "up")
        run("ip", "-n", home.name, "route", "add", str(vpc), "dev", BRIDGE)
        run("ip", "link", "add", "name", home.name, "type", "veth", "peer", "name", LEG, "netns", home.name)
        run("ip", "-n", home.name, "link", "set", "dev", LEG, "master", BRIDGE, "up")
        run("ip", "address", "add", f"{gateway(vpc)}/{vpc.prefixlen}", "dev", home.name)
        run("ip", "link", "set", "dev", home.name, "up")
    except BaseException:
        network_down(home)
        raise


def network_down(home: Home) -> None:
    """Remove the switch and this machine's leg; what is missing is skipped."""
    run("ip", "link", "delete", "dev", home.name, check=False)
    run("ip", "netns", "delete", home.name, check=False)


def mac(address: IPv4Address) -> str:
    """The MAC of the host with `address`, made from it: a successor at the same address needs no new ARP entry."""
    return ":".join(f"{byte:02x}" for byte in (0x06, 0x00, *address.packed))


def plug(home: Home, *, netns: str, port: str, address: IPv4Address, prefixlen: int) -> None:
    """Make a host's namespace, with `address` on its NIC, and connect it to the switch by `port`."""
    run("ip", "netns", "add", netns)
    run("ip", "-n", netns, "link", "set", "dev", "lo", "up")
    run("ip", "-n", home.name, "link", "add", "name", port, "type", "veth", "peer", "name", NIC, "netns", netns)
    run("ip", "-n", netns, "link", "set", "dev", NIC, "address", mac(address))
    run("ip", "-n", netns, "address", "add", f"{address}/{prefixlen}", "dev", NIC)
    run("ip", "-n", netns, "link", "set", "dev", NIC, "up")
    run("ip", "-n", netns, "route", "add", str(METADATA), "dev", NIC)
    run("ip", "-n", home.name, "link", "set", "dev", port, "master", BRIDGE, "up")


def disconnect(home: Home, *, port: str) -> None:
    """Remove a host's port from the switch; what is missing is skipped."""
    run("ip", "-n", home.name, "link", "delete", "dev", port, check=False)


def unplug(home: Home, *, netns: str, port: str) -> None:
    """Remove a host's namespace and its port; what is missing is skipped.

    The port goes first: a namespace that a process still holds would keep its address alive on the switch.
    """
    disconnect(home, port=port)
    run("ip", "netns", "delete", netns, check=False)
