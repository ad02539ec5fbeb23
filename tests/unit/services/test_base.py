"""What every node gets before its first service."""

from pathlib import Path

from tests.unit.plans import files, plan, steps
from tests.unit.shell import below, program, run


def test_a_connection_to_a_node_that_lost_its_power_ends_within_seconds() -> None:
    lines = files(plan())["/etc/sysctl.d/90-apollo.conf"].content.splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["net.ipv4.tcp_retries2 = 5"]


def test_the_settings_of_the_kernel_take_effect_at_once(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "sysctl", f'echo "$*" >>{tmp_path}/calls')
    assert run(below(steps(plan())["base-sysctl"], tmp_path), tmp_path).returncode == 0
    assert (tmp_path / "calls").read_text() == "--quiet --load=/etc/sysctl.d/90-apollo.conf\n"
