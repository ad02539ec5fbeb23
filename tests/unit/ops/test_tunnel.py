"""The pages on localhost: what opens, where, and what is said when it can't."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from ops.remote.connections import NodeConnections
from ops.remote.stack import OperatorError, Stack
from ops.tunnel import Page, hold, page
from ops.tunnel import serve as serve_pages
from sandbox.standins.common.web import Answer, Server
from tests.unit.ops.conftest import NODES, Nodes, Serve, until

AWAY = {"address": "127.0.0.9"}


@pytest.fixture
def there(serve: Serve) -> Server:
    """A page of slave-1's, at its own address."""
    return serve(lambda asked: Answer(body=f"you want {asked.path}".encode()), "127.0.0.2")


async def read(url: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).text


async def test_a_page_has_its_own_port_on_this_machine(nodes: Nodes, there: Server) -> None:
    found = await page(NodeConnections(nodes.nodes, nodes.login), [f"http://127.0.0.2:{there.port}/ui/"])
    assert found == Page(url=f"http://localhost:{there.port}/ui/")
    assert await read(found.url.replace("localhost", "127.0.0.1")) == "you want /ui/"


async def test_a_page_whose_port_is_taken_here_has_another_and_says_so(
    nodes: Nodes, there: Server, serve: Serve
) -> None:
    serve(lambda _: Answer(body=b"mine"), "127.0.0.1", there.port)
    found = await page(NodeConnections(nodes.nodes, nodes.login), [f"http://127.0.0.2:{there.port}/"])
    assert found.note == f"port {there.port} is taken on this machine"
    assert await read(f"http://127.0.0.1:{there.port}/") == "mine"
    assert await read(found.url.replace("localhost", "127.0.0.1")) == "you want /"


async def test_a_page_is_that_of_the_first_node_that_answers(nodes: Nodes, there: Server) -> None:
    connections = NodeConnections({**nodes.nodes, "master-1": nodes.nodes["master-1"] | AWAY}, nodes.login)
    urls = [f"http://{address}:{there.port}/" for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3")]
    await page(connections, urls)
    assert [name for name, server in nodes.servers.items() if server.connections] == ["slave-1"]


@pytest.mark.parametrize(
    ("urls", "why"),
    [
        (
            ["http://127.0.0.1:8500/", "http://127.0.0.2:8500/"],
            "^master-1: no answer by SSH at 127.0.0.9: .+; slave-1: no answer by SSH at 127.0.0.9: .+",
        ),
        (["http://10.9.9.9:8500/"], "^no node has such a page$"),
    ],
)
async def test_a_page_that_no_node_can_show_is_told_with_every_node_s_reason(
    nodes: Nodes, urls: list[str], why: str
) -> None:
    connections = NodeConnections({name: node | AWAY for name, node in nodes.nodes.items()}, nodes.login)
    with pytest.raises(OperatorError, match=why):
        await page(connections, urls)


async def test_pages_are_held_until_a_connection_is_lost(
    nodes: Nodes, there: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {"haproxy": [f"http://127.0.0.2:{there.port}/"], "consul": ["http://10.9.9.9:8500/ui/"]}
    held = asyncio.ensure_future(hold(NodeConnections(nodes.nodes, nodes.login), pages))
    said: list[str] = []

    def told() -> bool:
        said.extend(capsys.readouterr().out.splitlines())
        return held.done() or said[-1:] == ["Ctrl-C ends it"]

    await until(told, "the pages to open")
    assert said == [
        f"haproxy    http://localhost:{there.port}/",
        "consul     not opened: no node has such a page",
        "Ctrl-C ends it",
    ]
    nodes.cut("slave-1")
    gone = "^slave-1: the SSH connection to 127.0.0.2 is gone: `make tunnel` opens it again$"
    with pytest.raises(OperatorError, match=gone):
        await asyncio.wait_for(held, 20)


async def test_a_tunnel_without_a_page_ends_with_where_to_look(
    nodes: Nodes, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OperatorError, match=r"^no page could be opened: `make status` tells of each node$"):
        await hold(NodeConnections(nodes.nodes, nodes.login), {"consul": ["http://10.9.9.9:8500/ui/"]})
    assert capsys.readouterr().out == "consul     not opened: no node has such a page\n"


async def test_a_stack_without_pages_says_so(stack: Callable[..., Stack]) -> None:
    with pytest.raises(OperatorError, match=r"^the stack test runs no service that has a page$"):
        await serve_pages(stack({"nodes": NODES, "login": "admin", "uiUrls": {}}))


async def test_a_stack_that_is_not_up_says_what_brings_it_up(stack: Callable[..., Stack]) -> None:
    with pytest.raises(OperatorError, match=r"^the stack test has no nodes: `make up STACK=test` launches them$"):
        await serve_pages(stack({}))
