"""The two programs: single files, with the flags that the nodes pass and the exit statuses of the real ones."""

import subprocess
from pathlib import Path

import pytest

from sandbox.weaver.weaver import parser


@pytest.mark.parametrize(
    "end", [["--no-dns"], ["--dns-listen-address", "127.0.0.1:6753", "--resolv-conf", "/dev/null"]]
)
def test_the_peers_are_the_words_behind_the_flags(end: list[str]) -> None:
    given = parser().read(["--mtu", "1376", "--docker-api", "", "--ipalloc-range", "", *end, "10.0.0.5", "10.0.0.6"])
    assert (given.mtu, given.peers, given.no_dns) == (1376, ["10.0.0.5", "10.0.0.6"], end == ["--no-dns"])


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--plugin"], "weaver: this stand-in has no --plugin"),
        (["-version"], "weaver: this stand-in has no -version"),
        (["--port"], "argument --port: expected one argument"),
        (["--mtu", "big"], "argument --mtu: invalid int value: 'big'"),
        (["--ipalloc-range", "10.2.0.0/16"], "this stand-in has no address allocation: pass an empty value"),
        (["--resolv-conf", "/etc/resolv.conf"], "this stand-in has no other resolvers to ask: pass /dev/null"),
    ],
)
def test_a_flag_that_the_stand_in_does_not_have_is_refused(
    words: list[str], error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit:
        parser().read(words)
    assert exit.value.code == 125
    assert error in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "words", "status", "shown"),
    [
        ("weaver", ["--version"], 0, "weave 2.9.0-standin (kernel VXLAN; packets are not encrypted)\n"),
        ("weaver", ["--nope"], 125, "this stand-in has no --nope"),
        ("weaver", ["--weave-bridge", "no-such-br"], 1, "there is no bridge no-such-br"),
        ("weaveutil", ["create-datapath", "datapath"], 0, ""),
        ("weaveutil", ["nope"], 1, "this stand-in has no nope"),
    ],
)
def test_the_programs_are_single_files_with_the_exit_statuses_of_weaver(
    programs: Path, program: str, words: list[str], status: int, shown: str
) -> None:
    done = subprocess.run((programs / program, *words), capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == status
    assert shown in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
