"""Images out of layers and files, and where a registry keeps them."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.images.oci import Image, Layer, Packed, digest, folder_layer, pack
from sandbox.images.registry_storage import lacks, offer


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    root = tmp_path / "root"
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/program").write_bytes(b"program")
    (root / "usr/bin/program").chmod(0o755)
    (root / "usr/bin/other").symlink_to("/usr/bin/program")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    return folder_layer(root, tmp_path / "layer.tar")


@pytest.fixture
def image(layer: Layer) -> Image:
    return Image(
        name="some/thing", tag="1", layers=[layer], files={"app/start": b"start"}, entrypoint=["/app/start"],
        command=["serve"], environment={"PORT": "80"}, folder="/app",
    )  # fmt: skip


def parsed(packed: Packed) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest, and the config that it points to."""
    manifest = json.loads(packed.manifest)
    config = packed.blobs[manifest["config"]["digest"]]
    assert isinstance(config, bytes)
    return manifest, json.loads(config)


def test_a_layer_keeps_modes_and_links_and_forgets_times_and_owners(layer: Layer) -> None:
    with tarfile.open(layer.file) as archive:
        entries = {entry.name: entry for entry in archive}
    assert list(entries) == ["tmp", "usr", "usr/bin", "usr/bin/other", "usr/bin/program"]
    assert entries["tmp"].mode == 0o1777
    assert entries["usr/bin/other"].linkname == "/usr/bin/program"
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname) for entry in entries.values()} == {(0, 0, 0, "")}
    assert (layer.digest, layer.size) == (digest(layer.file.read_bytes()), layer.file.stat().st_size)


def test_the_files_of_an_image_are_its_top_layer(image: Image, layer: Layer) -> None:
    packed = pack(image)
    manifest, config = parsed(packed)
    below, top = (entry["digest"] for entry in manifest["layers"])
    assert below == layer.digest
    content = packed.blobs[top]
    assert isinstance(content, bytes)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert archive.getnames() == ["app", "app/start"]
    assert config["rootfs"]["diff_ids"] == [below, top]


def test_the_same_image_has_the_same_digest_and_another_has_another(image: Image) -> None:
    assert pack(image).digest == pack(replace(image)).digest
    changed = [
        replace(image, files={"app/start": b"other"}),
        replace(image, environment={}),
        replace(image, command=[]),
        replace(image, layers=[]),
    ]
    assert len({pack(one).digest for one in (image, *changed)}) == 5


@pytest.mark.parametrize("path", ["bin/sh", "lib/x", "sbin/init", "lib64/ld.so"])
def test_a_file_that_would_hide_a_link_of_the_layers_is_refused(image: Image, path: str) -> None:
    with pytest.raises(ValueError, match=f"usr/{path}"):
        replace(image, files={path: b""})
    replace(image, files={path: b""}, layers=[])


def test_only_what_is_missing_is_offered(image: Image, tmp_path: Path) -> None:
    storage = tmp_path / "registry"
    first = pack(image)
    assert lacks(storage, [first])
    offer(storage, [first])
    assert not lacks(storage, [first])
    assert offer(storage, [first]) == []
    newer = pack(replace(image, command=["other"]))
    assert lacks(storage, [newer])
    assert offer(storage, [first, newer]) == [f"some/thing:1@{newer.digest}"]
    assert lacks(storage, [first])  # the tag is the newer one's, though all blobs are there
