"""Names: how the control API takes them and DNS answers with them, as weaver 2.9.0 does it."""

import asyncio
import socket
from contextlib import closing
from dataclasses import replace

import pytest
from dnslib import RCODE, DNSRecord

from sandbox.weaver.control import Control
from sandbox.weaver.names import Names
from sandbox.weaver.reports import Reports
from sandbox.weaver.resolver import Resolver
from sandbox.weaver.router import Router
from sandbox.weaver.topology import Name, Record
from sandbox.weaver.vxlan import DataPath
from sandbox.weaver.web import Request
from tests.unit.weaver.meshes import connection, mesh_of

OURS, THEIRS = "02:0a:02:00:00:01", "02:0a:02:00:00:02"
WEB = Name(host="web.weave.local.", container="aaaaaaaaaaaa", address="10.2.1.0")
SECOND = replace(WEB, container="bbbbbbbbbbbb", address="10.2.1.1")
ELSEWHERE = Name(host="Web.weave.local.", container="cccccccccccc", address="10.2.2.1")


@pytest.fixture
def router() -> Router:
    """In a mesh of two, of which the other has one name."""
    mesh = mesh_of(connection(THEIRS, "10.0.0.5:6783", outbound=True), name=OURS)
    mesh.topology.merge([Record(name=THEIRS, nickname="two", uid=9, names=(ELSEWHERE,))])
    return Router(mesh, DataPath(bridge="weave", mtu=1376), b"")


def resolver(router: Router, *names: Name) -> Resolver:
    known = Names(router, "weave.local")
    for name in names:
        known.add(name)
    return Resolver(known, address="127.0.0.1:0", ttl=1)


def control(router: Router, answers: Resolver) -> Control:
    reports = Reports(router, mtu=1376, resolver=answers)
    return Control(router, reports, writable=True, names=answers.names)


def asked(answers: Resolver, name: str, kind: str = "A") -> DNSRecord:
    return DNSRecord.parse(answers.answer(DNSRecord.question(name, kind).pack()))


@pytest.mark.parametrize(
    ("name", "kind", "code", "found"),
    [
        ("web.weave.local", "A", "NOERROR", {"10.2.1.0", "10.2.1.1", "10.2.2.1"}),
        ("WEB.weave.local", "A", "NOERROR", {"10.2.1.0", "10.2.1.1", "10.2.2.1"}),
        ("web", "A", "NOERROR", {"10.2.1.0", "10.2.1.1", "10.2.2.1"}),
        ("web.weave.local", "AAAA", "NOERROR", set()),
        ("web.weave.local", "TXT", "NOERROR", set()),
        ("nope.weave.local", "A", "NXDOMAIN", set()),
        ("weave.local", "A", "NXDOMAIN", set()),
        ("nope", "A", "NXDOMAIN", set()),
        ("example.com", "A", "SERVFAIL", set()),
        ("notweave.local", "A", "SERVFAIL", set()),
        ("1.1.2.10.in-addr.arpa", "PTR", "NOERROR", {"web.weave.local."}),
        ("9.9.2.10.in-addr.arpa", "PTR", "SERVFAIL", set()),
        ("1.1.2.10.in-addr.arpa", "A", "NXDOMAIN", set()),
    ],
)
async def test_every_question_is_answered_as_by_weaver(
    router: Router, name: str, kind: str, code: str, found: set[str]
) -> None:
    reply = asked(resolver(router, WEB, SECOND), name, kind)
    assert RCODE[reply.header.rcode] == code
    assert {str(answer.rdata) for answer in reply.rr} == found
    assert all(answer.ttl == 1 for answer in reply.rr)
    assert (reply.header.aa, reply.header.ra) == (code == "NOERROR", 1)


async def test_a_long_answer_is_cut_over_udp_and_whole_over_tcp(router: Router) -> None:
    answers = resolver(router, *(replace(WEB, address=f"10.2.1.{number}") for number in range(100)))
    await answers.listen()
    question = DNSRecord.question("web.weave.local")
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as udp:
        udp.setblocking(False)
        udp.connect(("127.0.0.1", answers.port))
        udp.send(b"nonsense")
        udp.send(question.pack())
        reply = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(udp, 4096), 10)
    assert (DNSRecord.parse(reply).header.tc, len(reply) <= 512) == (1, True)
    reader, writer = await asyncio.open_connection("127.0.0.1", answers.port)
    writer.write(len(question.pack()).to_bytes(2, "big") + question.pack())
    length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 10), "big")
    assert len(DNSRecord.parse(await reader.readexactly(length)).rr) == 101
    writer.close()


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("PUT", "/name/aaaaaaaaaaaa/10.2.1.0", "web.weave.local", 204),
        ("PUT", "/name/weave%3Aexpose/10.2.0.1", "slave-1.weave.local.", 204),
        ("PUT", "/name/aaaaaaaaaaaa/10.2.1.0", "web.example.com", 204),
        ("PUT", "/name/aaaaaaaaaaaa/10.2.1.300", "web.weave.local", 400),
        ("PUT", "/name/aaaaaaaaaaaa", "web.weave.local", 405),
        ("POST", "/name/aaaaaaaaaaaa/10.2.1.0", "web.weave.local", 405),
        ("DELETE", "/name/aaaaaaaaaaaa/10.2.1.300", "", 400),
        ("GET", "/name", "", 405),
        ("GET", "/domain", "", 501),
        ("DELETE", "/name/aaaaaaaaaaaa/10.2.1.0", "web.weave.local", 204),
        ("GET", "/status/dns", "", 200),
    ],
)
async def test_each_path_of_names_has_weavers_status_code(
    router: Router, method: str, path: str, query: str, status: int
) -> None:
    request = Request(method=method, path=path, form={"fqdn": [query]} if query else {})
    assert control(router, resolver(router)).answer(request).status == status


async def test_names_are_added_and_only_our_own_are_removed(router: Router) -> None:
    answers = resolver(router)

    def ask(method: str, path: str, fqdn: str = "") -> list[str]:
        form = {"fqdn": [fqdn]} if fqdn else {}
        control(router, answers).answer(Request(method=method, path=path, form=form))
        return answers.names.addresses("web.weave.local.")

    assert ask("PUT", "/name/aaaaaaaaaaaa/10.2.1.0", "web.weave.local") == ["10.2.1.0", "10.2.2.1"]
    assert ask("PUT", "/name/aaaaaaaaaaaa/10.2.1.0", "web.weave.local.") == ["10.2.1.0", "10.2.2.1"]
    assert ask("PUT", "/name/aaaaaaaaaaaa/10.2.1.1", "web.weave.local.") == ["10.2.1.0", "10.2.1.1", "10.2.2.1"]
    assert ask("PUT", "/name/aaaaaaaaaaaa/10.2.1.2", "web.example.com") == ["10.2.1.0", "10.2.1.1", "10.2.2.1"]
    assert ask("DELETE", "/name/aaaaaaaaaaaa/10.2.1.1", "other.weave.local") == ["10.2.1.0", "10.2.1.1", "10.2.2.1"]
    assert ask("DELETE", "/name/aaaaaaaaaaaa/10.2.1.1", "web.weave.local") == ["10.2.1.0", "10.2.2.1"]
    assert ask("DELETE", "/name/cccccccccccc/10.2.2.1", "web.weave.local") == ["10.2.1.0", "10.2.2.1"]
    assert ask("DELETE", "/name/aaaaaaaaaaaa/10.2.1.0", "web.weave.local") == ["10.2.2.1"]


async def test_the_pages_show_names_as_those_of_weaver(router: Router) -> None:
    node = Name(host="slave-1.weave.local.", container="weave:expose", address="10.2.0.1")
    served = control(router, resolver(router, WEB, node))

    def page(path: str) -> str:
        return served.answer(Request(method="GET", path=path, form={})).body

    assert page("/status/dns").splitlines() == [
        f"slave-1      10.2.0.1        weave:expose {OURS}",
        f"web          10.2.1.0        aaaaaaaaaaaa {OURS}",
        f"Web          10.2.2.1        cccccccccccc {THEIRS}",
    ]
    assert page("/status").endswith(
        "\n        Service: dns\n         Domain: weave.local.\n       Upstream: none\n            TTL: 1\n"
        "        Entries: 3\n"
    )
