"""Docker images made without docker."""

import hashlib
import io
import json
import tarfile

import pytest

from sandbox.cloud.catalogue import images
from sandbox.cloud.images import MANIFEST, Image, digest, pack, tar


def image(files: dict[str, bytes]) -> Image:
    return Image(name="tool", tag="1.0", files=files, entrypoint=["/bin/tool"], environment={"A": "b"})


def test_the_same_files_give_the_same_digest_in_whatever_order() -> None:
    one = pack(image({"bin/tool": b"x", "etc/tool.conf": b"y"}))
    assert one == pack(image({"etc/tool.conf": b"y", "bin/tool": b"x"}))
    assert one.digest != pack(image({"bin/tool": b"z", "etc/tool.conf": b"y"})).digest


def test_the_manifest_names_every_blob_by_size_and_digest() -> None:
    packed = pack(image({"bin/tool": b"x"}))
    manifest = json.loads(packed.manifest)
    assert manifest["mediaType"] == MANIFEST
    for part in (manifest["config"], *manifest["layers"]):
        blob = packed.blobs[part["digest"]]
        assert (part["size"], part["digest"]) == (len(blob), f"sha256:{hashlib.sha256(blob).hexdigest()}")
    config = json.loads(packed.blobs[manifest["config"]["digest"]])
    assert config["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
    assert config["config"]["Entrypoint"] == ["/bin/tool"]
    assert "A=b" in config["config"]["Env"]
    assert packed.digest == digest(packed.manifest)


def test_the_layer_has_roots_executables_with_no_time_in_them() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar({"usr/bin/tool": b"x"}))) as layer:
        entries = layer.getmembers()
    assert [entry.name for entry in entries] == ["usr", "usr/bin", "usr/bin/tool"]
    assert {(entry.uid, entry.mtime, entry.mode) for entry in entries} == {(0, 0, 0o755)}


@pytest.mark.parametrize("path", ["home/weave/weaver", "usr/bin/weaveutil"])
def test_the_routers_image_has_its_programs_where_the_maintained_one_has_them(path: str) -> None:
    weave = next(one for one in images() if (one.name, one.tag) == ("weave", "2.9.0"))
    assert weave.files[path].startswith(b"#!")
