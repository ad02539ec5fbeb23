"""pulumi-resource-aws, as the Pulumi CLI starts it."""

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import sandbox

LAUNCHER = Path(sandbox.__file__).parent / "providers" / "bin" / "pulumi-resource-aws"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """Started from a folder of its own, through a link, as from anybody's PATH."""
    folder = tmp_path_factory.mktemp("path")
    (folder / LAUNCHER.name).symlink_to(LAUNCHER)
    command = (folder / LAUNCHER.name, "127.0.0.1:1", "--logtostderr")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
        process.terminate()


def test_it_says_which_versions_names_it_speaks(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    assert plugin.GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"


def test_a_check_gives_what_has_no_name_one(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    news = struct_pb2.Struct()
    news.update({"publicKey": "ssh-ed25519 AAAA"})
    urn = "urn:pulumi:dev::apollo::apollo:cluster:Cluster$aws:ec2/keyPair:KeyPair::key"
    answer = plugin.Check(provider_pb2.CheckRequest(urn=urn, news=news))
    assert answer.inputs["keyName"].startswith("key-")


def test_what_goes_wrong_is_a_sentence_without_a_trace(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    urn = "urn:pulumi:dev::apollo::aws:s3/bucket:Bucket::x"
    with pytest.raises(grpc.RpcError) as failure:
        plugin.Check(provider_pb2.CheckRequest(urn=urn))
    assert failure.value.details().startswith("the sandbox's AWS has no aws:s3/bucket:Bucket; it has aws:ec2/")
    assert "Traceback" not in failure.value.details()
    assert "File" not in failure.value.details()


def test_it_ends_with_a_cli_that_was_killed() -> None:
    cli = ("sh", "-c", f"{LAUNCHER} 127.0.0.1:1 & echo $!; wait")
    with subprocess.Popen(cli, stdout=subprocess.PIPE) as process:
        assert process.stdout
        pid, _port = int(process.stdout.readline()), int(process.stdout.readline())
        try:
            process.kill()
            closed, _, _ = select.select([process.stdout], [], [], 20)
            assert closed
            assert process.stdout.read() == b""
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
