"""The command line is weaver 2.9.0's."""

import subprocess
from pathlib import Path

import pytest

from sandbox.weaver.flags import DEFAULTS, Unserved, WrongFlag, parse, refuse_what_is_not_served
from sandbox.weaver.package import executable


def test_every_flag_of_the_init_job_is_taken() -> None:
    words = (
        "--no-fastdp --weave-bridge weave --mtu 1376 --port 6783 --nickname slave-1 --conn-limit 300 "
        "--docker-api= --no-dns --ipalloc-range= --http-addr 127.0.0.1:6784 --status-addr 127.0.0.1:6782 "
        "--db-prefix /run/weave/weave 10.0.0.5 10.0.0.6:6783"
    )
    line = parse(words.split())
    assert (line["mtu"], line["conn-limit"], line["no-dns"], line["docker-api"]) == (1376, 300, True, "")
    assert line.peers == ("10.0.0.5", "10.0.0.6:6783")
    refuse_what_is_not_served(line)


def test_the_flags_of_a_router_that_answers_dns_are_taken() -> None:
    line = parse(["--dns-listen-address", "127.0.0.1:6753", "--dns-domain=weave.local", "--resolv-conf", "/dev/null"])
    assert (line["no-dns"], line["dns-listen-address"], line["dns-ttl"]) == (False, "127.0.0.1:6753", 1)
    refuse_what_is_not_served(line)


def test_an_empty_value_after_a_space_is_a_value() -> None:
    assert parse(["--docker-api", "", "peer"]).peers == ("peer",)


@pytest.mark.parametrize("words", [["--", "--mtu"], ["one", "--mtu"]])
def test_flags_end_at_two_dashes_or_at_the_first_peer(words: list[str]) -> None:
    assert "--mtu" in parse(words).peers


@pytest.mark.parametrize(("word", "expected"), [("--no-dns", True), ("--no-dns=false", False), ("--no-dns=1", True)])
def test_a_switch_takes_its_value_only_by_an_equals_sign(word: str, expected: bool) -> None:
    assert parse([word, "peer"])["no-dns"] is expected
    assert parse([word, "peer"]).peers == ("peer",)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nope"], "flag provided but not defined: --nope"),
        (["-version"], "flag provided but not defined: -version"),
        (["--port"], "flag needs an argument: --port"),
        (["--mtu", "big"], 'invalid value "big" for flag --mtu'),
        (["--no-dns=maybe"], 'invalid boolean value "maybe" for  --no-dns'),
    ],
)
def test_a_wrong_flag_is_told_in_weavers_words(words: list[str], message: str) -> None:
    with pytest.raises(WrongFlag, match=message):
        parse(words)


@pytest.mark.parametrize(
    "words", [["--ipalloc-range", "10.2.0.0/16"], ["--resolv-conf", "/etc/resolv.conf"], ["--plugin"]]
)
def test_what_the_stand_in_does_not_have_is_refused_and_not_left_out(words: list[str]) -> None:
    with pytest.raises(Unserved, match="this stand-in has no"):
        refuse_what_is_not_served(parse(words))


def test_the_defaults_are_weavers() -> None:
    assert (DEFAULTS["port"], DEFAULTS["conn-limit"], DEFAULTS["weave-bridge"]) == (6783, 200, "weave")


@pytest.mark.parametrize(
    ("program", "words", "status", "said"),
    [
        ("weaver", ["--version"], 0, "weave 2.9.0-standin (kernel VXLAN; packets are not encrypted)"),
        ("weaver", ["--nope"], 125, "flag provided but not defined: --nope"),
        ("weaver", ["--weave-bridge", "no-such-br"], 1, "there is no bridge no-such-br"),
        ("weaver", ["--name", "1:2", "--print-peer-name"], 1, "invalid peer name format"),
        ("weaver", ["--name", "02:0A:02:00:00:01", "--print-peer-name"], 0, "02:0a:02:00:00:01"),
        ("weaveutil", ["create-datapath", "datapath"], 17, "no openvswitch datapath"),
        ("weaveutil", ["delete-datapath", "datapath"], 0, ""),
        ("weaveutil", ["nope"], 1, "cmd is not found"),
    ],
)
def test_the_programs_are_single_files_with_weavers_exit_statuses(
    programs: Path, program: str, words: list[str], status: int, said: str
) -> None:
    done = subprocess.run((programs / program, *words), capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == status
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_same_source_makes_the_same_bytes() -> None:
    assert executable("weaver") == executable("weaver")
