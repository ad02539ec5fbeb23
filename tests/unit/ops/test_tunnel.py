"""The pages on localhost: which open, where, and the errors of those that don't."""

import asyncio

import httpx
import pytest

from ops.remote.errors import OperatorError
from ops.remote.pages import Page, forward
from ops.tunnel import hold
from ops.tunnel import serve as serve_pages
from sandbox.standins.common.web import Answer, Server
from tests.unit.ops.conftest import NODES, OUTPUTS, MakeStack, Nodes, Serve, until


@pytest.fixture
def there(serve: Serve) -> Server:
    """A page on slave-1, at its own address."""
    return serve(lambda request: Answer(body=f"the page {request.path}".encode()), "127.0.0.2")


async def read(url: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).text


async def test_a_page_keeps_its_port_on_this_machine(nodes: Nodes, there: Server) -> None:
    page = await forward(nodes.connections(), [f"http://127.0.0.2:{there.port}/ui/"])
    assert page == Page(url=f"http://localhost:{there.port}/ui/")
    assert await read(page.url.replace("localhost", "127.0.0.1")) == "the page /ui/"


async def test_a_page_whose_port_is_taken_here_gets_another_and_a_note(
    nodes: Nodes, there: Server, serve: Serve
) -> None:
    serve(lambda _: Answer(body=b"mine"), "127.0.0.1", there.port)
    page = await forward(nodes.connections(), [f"http://127.0.0.2:{there.port}/"])
    assert page.note == f"port {there.port} is taken on this machine"
    assert await read(f"http://127.0.0.1:{there.port}/") == "mine"
    assert await read(page.url.replace("localhost", "127.0.0.1")) == "the page /"


async def test_a_page_is_that_of_the_first_node_that_can_be_logged_in_to(nodes: Nodes, there: Server) -> None:
    urls = [f"http://{address}:{there.port}/" for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3")]
    await forward(nodes.connections("master-1"), urls)
    assert [name for name, server in nodes.servers.items() if server.connections] == ["slave-1"]


@pytest.mark.parametrize(
    ("urls", "why"),
    [
        (
            ["http://127.0.0.1:8500/", "http://127.0.0.2:8500/"],
            "^master-1: no SSH connection to 127.0.0.9: .+; slave-1: no SSH connection to 127.0.0.9: .+",
        ),
        (["http://10.9.9.9:8500/"], "^no node has such a page$"),
    ],
)
async def test_a_page_that_no_node_can_forward_is_reported_with_the_reason_of_each(
    nodes: Nodes, urls: list[str], why: str
) -> None:
    with pytest.raises(OperatorError, match=why):
        await forward(nodes.connections(*NODES), urls)


async def test_pages_stay_open_until_a_connection_is_lost(
    nodes: Nodes, there: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {"node-exporter": [f"http://127.0.0.2:{there.port}/"], "consul": ["http://10.9.9.9:8500/ui/"]}
    held = asyncio.ensure_future(hold(nodes.connections(), pages))
    printed: list[str] = []

    def opened() -> bool:
        printed.extend(capsys.readouterr().out.splitlines())
        return held.done() or printed[-1:] == ["Ctrl-C ends it"]

    await until(opened, "the pages to open")
    assert printed == [
        f"node-exporter http://localhost:{there.port}/",
        "consul        not opened: no node has such a page",
        "Ctrl-C ends it",
    ]
    nodes.cut("slave-1")
    lost = "^slave-1: the SSH connection to 127.0.0.2 is lost: `make tunnel` opens it again$"
    with pytest.raises(OperatorError, match=lost):
        await asyncio.wait_for(held, 20)


async def test_a_tunnel_that_opens_no_page_names_the_command_that_shows_why(
    nodes: Nodes, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OperatorError, match=r"^no page could be opened: `make status` reports on each node$"):
        await hold(nodes.connections(), {"consul": ["http://10.9.9.9:8500/ui/"]})
    assert capsys.readouterr().out == "consul not opened: no node has such a page\n"


async def test_a_stack_without_pages_is_an_error(stack: MakeStack) -> None:
    with pytest.raises(OperatorError, match=r"^the stack test runs no service that has a page$"):
        await serve_pages(stack({"nodes": OUTPUTS, "uiUrls": {}}))
