"""The provider plugins, as the Pulumi CLI finds, starts and ends them."""

import importlib.metadata
import os
import select
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from google.protobuf import empty_pb2

from tests.unit.providers.plugin import LAUNCHER, Failed, Provider, Resource, plugin, provider_at


@pytest.mark.parametrize("package", ["aws", "command"])
async def test_a_plugin_reports_the_version_of_the_programs_sdk(package: str) -> None:
    with plugin(package) as port:
        async with provider_at(port) as provider:
            found = await provider.ask("GetPluginInfo", empty_pb2.Empty())
    assert found.version == importlib.metadata.version(f"pulumi-{package}")


async def test_an_error_is_a_sentence_without_a_trace(command_provider: Provider) -> None:
    with pytest.raises(Failed) as failure:
        await Resource(command_provider, "command:local:Command").check(create="x")
    text = str(failure.value)
    assert text.startswith("the sandbox's command provider has no command:local:Command; it has command:remote:")
    assert "Traceback" not in text
    assert "File" not in text


def test_a_plugin_ends_with_a_cli_that_was_killed(tmp_path: Path) -> None:
    link = tmp_path / "pulumi-resource-command"
    link.symlink_to(LAUNCHER)
    cli = ("sh", "-c", f"{link} 127.0.0.1:1 & echo $!; wait")
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
