"""Meshes, connections and records without a network."""

from sandbox.weaver.handshake import PROTOCOL, PROTOCOL_VERSION, Hello, Wire
from sandbox.weaver.link import Connection
from sandbox.weaver.mesh import Mesh
from sandbox.weaver.topology import Record, Topology


def record(name: str, *, uid: int = 1, version: int = 1) -> Record:
    return Record(name=name, nickname=f"{name}-host", uid=uid, version=version)


def connection(name: str, address: str, *, outbound: bool) -> Connection:
    hello = Hello(
        protocol=PROTOCOL, version=PROTOCOL_VERSION, name=name, nickname="", uid=1, nonce="", has_password=False
    )
    wire = Wire(reader=None, writer=None)  # type: ignore[arg-type]
    return Connection(wire=wire, address=address, outbound=outbound, peer=hello)


def mesh_of(*connections: Connection, name: str = "m") -> Mesh:
    mesh = Mesh(topology=Topology(Record(name=name, nickname="", uid=1)), port=6783)
    mesh.connections = list(connections)
    for item in connections:
        mesh.topology.records[item.peer.name] = record(item.peer.name)
    mesh.topology.set_links(item.as_link() for item in connections)
    return mesh
