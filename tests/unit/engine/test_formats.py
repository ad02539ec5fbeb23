"""Secrets and state in the Pulumi CLI's own formats; the ciphertexts here were written by the CLI."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine import checkpoint
from sandbox.engine.backend import Backend
from sandbox.engine.checkpoint import Deployment
from sandbox.engine.codec import Codec
from sandbox.engine.errors import EngineError
from sandbox.engine.resource import Resource
from sandbox.engine.secrets import Crypter
from sandbox.engine.state import State, Store
from sandbox.engine.values import UNKNOWN, Secret

SALT = "v1:UDU5Na/hcq4=:v1:e5iTBlNU/wekjzat:Ewb3yZbMNsdx+08e5/xPMVb2gvhEdQ=="
URN = "urn:pulumi:dev::demo::fake:index:Thing::a"
DOCUMENT: dict[str, Any] = {
    "version": 3,
    "checkpoint": {
        "stack": "organization/demo/dev",
        "latest": {
            "manifest": {"time": "2026-11-21T03:26:09Z", "magic": "x", "version": "v3.259.0"},
            "secrets_providers": {"type": "passphrase", "state": {"salt": SALT}},
            "resources": [
                {
                    "urn": URN,
                    "custom": True,
                    "id": "id-a",
                    "type": "fake:index:Thing",
                    "inputs": {
                        "n": 3,
                        "pw": {
                            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                            "ciphertext": "v1:m3v0/umu8YGkbusa:Ppvrddpi358nRvBJ2rqR0PxX2h5oYKI5",
                        },
                    },
                    "outputs": {"n": 3},
                    "propertyDependencies": {"n": [], "pw": []},
                    "customTimeouts": {"create": 300},
                    "ignoreChanges": ["ami", "x.y"],
                    "created": "2026-11-21T03:26:09.471291983Z",
                    "sourcePosition": "project:///__main__.py#7",
                }
            ],
            "metadata": {},
        },
    },
}


def crypter() -> Crypter:
    return Crypter(SALT, "pw")


def test_a_config_secret_of_the_cli_is_read_and_a_new_one_can_be() -> None:
    assert crypter().decrypt("v1:y/FkmZWNng8AgjBH:P+O48hklvAuvY89LvJhmtSgkFWLb2Q==") == "s3cret"
    sealed = crypter().encrypt("ünïcode")
    assert crypter().decrypt(sealed) == "ünïcode"
    assert crypter().encrypt("ünïcode") != sealed


@pytest.mark.parametrize("state", ["", "v2:a:b", "v1:not base64!:x", "v1:abc"])
def test_a_malformed_salt_is_said(state: str) -> None:
    with pytest.raises(EngineError, match="malformed"):
        Crypter(state, "pw")


def test_a_state_of_the_cli_is_read_and_written_back_as_it_was() -> None:
    codec = Codec(crypter())
    found = checkpoint.load(DOCUMENT, codec)
    resource = found.resources[0]
    assert resource.inputs == {"n": 3, "pw": Secret("s3cret")}
    assert resource.extra == {"sourcePosition": "project:///__main__.py#7"}
    written = json.loads(
        b"".join(checkpoint.render("organization/demo/dev", codec, found.resources, (), found.extra))
    )
    assert written["checkpoint"]["latest"]["resources"] == DOCUMENT["checkpoint"]["latest"]["resources"]
    assert written["checkpoint"]["latest"]["secrets_providers"]["state"]["salt"] == SALT


def test_another_format_is_refused() -> None:
    with pytest.raises(EngineError, match="format 4"):
        checkpoint.load({**DOCUMENT, "version": 4}, Codec(crypter()))


def test_every_kind_of_value_survives_the_state() -> None:
    inputs = {
        "list": [1, 2.5, True, None, "é\n", {"deep": Secret({"a": [1], "b": Secret("within"), "c": UNKNOWN})}],
        "empty": {},
        "unknown": UNKNOWN,
        "asset": {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", "text": "x"},
    }
    codec = Codec(crypter())
    resource = Resource(urn=URN, type="fake:index:Thing", custom=True, inputs=inputs, dependencies=("urn:x",))
    back = codec.resource(json.loads(codec.encoded(resource)))
    assert back.inputs == inputs
    assert back.dependencies == ("urn:x",)


def test_steps_that_end_during_a_write_share_the_next_one(tmp_path: Path) -> None:
    backend = Backend(root=tmp_path, project="demo")
    store = Store(backend, "dev", Codec(crypter()))

    async def steps() -> None:
        state = State(Deployment(), store)

        async def step(number: int) -> None:
            urn = f"{URN}{number}"
            state.put(Resource(urn=urn, type="fake:index:Thing", custom=True, inputs={"n": number}))
            await state.commit()
            written = (tmp_path / ".pulumi/stacks/demo/dev.json").read_text()
            assert f'"{urn}"' in written, "acknowledged before it was on the disk"

        await asyncio.gather(*(step(number) for number in range(200)))

    asyncio.run(steps())
    assert len(backend.read("dev")["checkpoint"]["latest"]["resources"]) == 200
    assert store.writes <= 10


def test_a_write_that_fails_fails_the_step(tmp_path: Path) -> None:
    (tmp_path / ".pulumi").write_text("in the way")
    store = Store(Backend(root=tmp_path, project="demo"), "dev", Codec(crypter()))

    async def step() -> None:
        state = State(Deployment(), store)
        state.put(Resource(urn=URN, type="fake:index:Thing", custom=True))
        await state.commit()

    with pytest.raises(OSError, match="Not a directory"):
        asyncio.run(step())
