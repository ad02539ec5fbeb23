"""`make images` against a registry of the test's own: what it accepts, what it refuses and why, what it prints."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from infra.config.settings import Settings
from ops.images.__main__ import report
from ops.images.check import Found, check
from ops.images.reference import HUB, Reference, is_loopback, pinned
from ops.remote.errors import OperatorError
from tests.unit.fake_registry import SCHEMA_1, FakeRegistry, digest_of
from tests.unit.program import PROJECT, config

ZEROS = "sha256:" + "0" * 64


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    made = FakeRegistry()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("image", "host", "repository", "wanted"),
    [
        ("haproxy:3.2", HUB, "library/haproxy", "3.2"),
        ("docker.io/hashicorp/consul:1", HUB, "hashicorp/consul", "1"),
        ("quay.io/a/b/c:1", "quay.io", "a/b/c", "1"),
        ("10.0.0.1:5000/weave:2.9.0", "10.0.0.1:5000", "weave", "2.9.0"),
        (f"a/b@{ZEROS}", HUB, "a/b", ZEROS),
        (f"localhost/b:1@{ZEROS}", "localhost", "b", ZEROS),
    ],
)
def test_a_reference_leads_where_docker_pulls_it_from(image: str, host: str, repository: str, wanted: str) -> None:
    found = Reference.of(image)
    assert (found.registry, found.repository, found.wanted) == (host, repository, wanted)


@pytest.mark.parametrize("image", ["haproxy", "Haproxy:1", "a:b:c", "a@sha256:12"])
def test_what_docker_does_not_accept_is_no_reference(image: str) -> None:
    with pytest.raises(ValueError, match=re.escape(image)):
        Reference.of(image)


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1:5000", True), ("localhost", True), ("10.0.0.1:5000", False), ("localhost.example.com", False)],
)
def test_only_a_registry_of_this_machine_is_spoken_to_without_tls(host: str, local: bool) -> None:
    assert is_loopback(host) == local


@pytest.mark.parametrize("image", ["a/b:1", f"a/b:1@{ZEROS}"])
def test_a_pin_keeps_the_tag_and_settings_accept_it(image: str) -> None:
    pin = pinned(image, "sha256:" + "1" * 64)
    assert pin == "a/b:1@sha256:" + "1" * 64
    settings = Settings.parse(config(weaveImage=pin, images={"consul": pin}))
    assert (settings.weave_image, settings.images) == (pin, {"consul": pin})


def looked_up(image: str, *, seconds: float = 10) -> str:
    """The digest of the image, or what is wrong with it."""
    (answer,) = asyncio.run(check([Reference.of(image)], seconds=seconds)).values()
    return answer.digest if isinstance(answer, Found) else str(answer)


@pytest.mark.parametrize("login", ["", "anybody"])
@pytest.mark.parametrize("kind", ["image", "index"])
def test_an_image_for_amd64_is_found_with_the_digest_that_docker_shows(
    registry: FakeRegistry, kind: str, login: str
) -> None:
    registry.login = login
    digest = getattr(registry, kind)("a/b", "1")
    for name in ("a/b:1", f"a/b@{digest}", f"a/b:gone@{digest}"):
        assert looked_up(f"{registry.host}/{name}") == digest


def schema_1(registry: FakeRegistry) -> None:
    registry.put("a/b", "1", SCHEMA_1)


def other_content(registry: FakeRegistry) -> None:
    registry.content[f"a/b/manifests/{ZEROS}"] = b"{}"


def other_platforms(registry: FakeRegistry) -> None:
    registry.index("a/b", "1", platforms=["linux/arm64", "unknown/unknown", "windows/amd64"])


def other_platform(registry: FakeRegistry) -> None:
    registry.image("a/b", "1", platform="linux/arm64")


def busy(registry: FakeRegistry) -> None:
    registry.refusals["a/b"] = 429


def broken(registry: FakeRegistry) -> None:
    registry.refusals["a/b"] = 503


def members_only(registry: FakeRegistry) -> None:
    registry.login = "members"


def not_a_manifest(registry: FakeRegistry) -> None:
    registry.put("a/b", "1", {"schemaVersion": 2})


@pytest.mark.parametrize(
    ("state", "image", "reason"),
    [
        (schema_1, "a/b:1", r"its manifest has schema 1, which docker 28\.2 and newer refuse: name another image"),
        (other_content, f"a/b@{ZEROS}", rf"HOST sent {digest_of(b'{}')} for {ZEROS}: .*damaged"),
        (other_platforms, "a/b:1", "it is for linux/arm64, windows/amd64 and not for linux/amd64: name another"),
        (other_platform, "a/b:1", "it is for linux/arm64 and not for linux/amd64: name another image"),
        (busy, "a/b:1", r"HOST answered 429 \(come back later\): its limit .* or name a mirror \(imageRegistry; "),
        (broken, "a/b:1", r"HOST answered 503 \(come back later\): try again later"),
        (members_only, "a/b:1", r"HOST answered 401 \(authentication required\): .*a login, which nodes do not have"),
        (schema_1, "a/b:2", r"HOST answered 404 \(manifest unknown\): name a tag or a digest that the registry has"),
        (not_a_manifest, "a/b:1", "HOST sent a manifest that is not one: name another image"),
    ],
)
def test_an_image_that_a_node_could_not_pull_is_refused_with_the_answer_and_the_remedy(
    registry: FakeRegistry, state: Callable[[FakeRegistry], None], image: str, reason: str
) -> None:
    state(registry)
    assert re.fullmatch(reason.replace("HOST", registry.host) + ".*", looked_up(f"{registry.host}/{image}"))


def test_a_registry_that_is_slow_or_away_is_given_up(registry: FakeRegistry) -> None:
    registry.silent.add("a/b")
    name = f"{registry.host}/a/b:1"
    assert looked_up(name, seconds=0.2).startswith(f"{registry.host} did not answer within 0.2 s: ")
    registry.close()
    assert looked_up(name).startswith(f"{registry.host} can't be reached (")


def test_each_image_is_looked_up_once_and_all_at_the_same_time(registry: FakeRegistry) -> None:
    registry.image("slow", "1")
    registry.image("a/b", "1")
    registry.silent.add("slow")
    registry.release = "a/b/manifests/1"
    names = [f"{registry.host}/{name}:1" for name in ("slow", "a/b", "a/b")]
    found = asyncio.run(check([Reference.of(name) for name in names]))
    assert [isinstance(answer, Found) for answer in found.values()] == [True, True]
    assert registry.asked.count("a/b/manifests/1") == 1


def stack_file(folder: Path, registry: FakeRegistry, **changes: object) -> Path:
    """A stack with two services whose images come from the registry, before `make init`."""
    values = {"services": ["consul", "haproxy"], "imageRegistry": registry.host, **changes}
    file = folder / "Pulumi.test.yaml"
    secret = {"apollo:weavePassword": {"secure": "v1:a:b"}}
    named = {f"apollo:{key}": value for key, value in values.items()}
    file.write_text(yaml.safe_dump({"config": {"aws:region": "eu-west-1", **secret, **named}}))
    return file


def test_the_pins_of_a_stack_are_printed_as_its_config_takes_them(registry: FakeRegistry, tmp_path: Path) -> None:
    digests = [
        registry.index("rajchaudhuri/weave", "2.9.0"),
        registry.image("hashicorp/consul", "1"),
        registry.image("haproxy", "3.2.22"),
        registry.image("hashicorp/consul-template", "0.41.1"),
    ]
    file = stack_file(tmp_path, registry, images={"consul": "hashicorp/consul:1"})
    head, *lines = report("test", PROJECT, file)
    assert head == "# 4 images, all for linux/amd64 and in a format that docker pulls; to pin them:"
    pasted = yaml.safe_load("config:\n" + "\n".join(lines))["config"]
    assert pasted == {
        "apollo:weaveImage": f"rajchaudhuri/weave:2.9.0@{digests[0]}",
        "apollo:images": {
            "consul": f"hashicorp/consul:1@{digests[1]}",
            "haproxy": f"haproxy:3.2.22@{digests[2]}",
            "consul-template": f"hashicorp/consul-template:0.41.1@{digests[3]}",
        },
    }
    again = stack_file(tmp_path, registry, **{key.removeprefix("apollo:"): pin for key, pin in pasted.items()})
    assert list(report("test", PROJECT, again)) == [head, *lines]


def test_every_image_that_cannot_be_pulled_is_named_with_its_key_and_a_silent_registry_once(
    registry: FakeRegistry, tmp_path: Path
) -> None:
    registry.put("hashicorp/consul", "1.22.7", SCHEMA_1)
    registry.image("haproxy", "3.2.22")
    registry.image("hashicorp/consul-template", "0.41.1")
    with pytest.raises(OperatorError) as error:
        list(report("test", PROJECT, stack_file(tmp_path, registry)))
    router, consul = str(error.value).splitlines()
    assert router.startswith(f"weaveImage (rajchaudhuri/weave:2.9.0): {registry.host} answered 404 ")
    assert consul.startswith("images.consul (hashicorp/consul:1.22.7): its manifest has schema 1")
    registry.close()
    with pytest.raises(OperatorError) as error:
        list(report("test", PROJECT, stack_file(tmp_path, registry)))
    (line,) = str(error.value).splitlines()
    assert line.startswith("weaveImage (rajchaudhuri/weave:2.9.0), images.consul (")
    assert f"images.consul-template (hashicorp/consul-template:0.41.1): {registry.host} can't" in line


def test_with_an_archive_of_the_routers_binaries_its_image_is_not_looked_up(
    registry: FakeRegistry, tmp_path: Path
) -> None:
    file = stack_file(tmp_path, registry, services=[], weaverUrl="https://example.com/weaver.tar.gz")
    (line,) = report("test", PROJECT, file)
    assert line.startswith("# 0 images")
    assert registry.asked == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"images": {"consul": "hashicorp/consul"}}, "images is .*: name images by their tag or digest"),
        ({"images": {"consl": "hashicorp/consul:1"}}, r"images has consl \(did you mean consul\?\)"),
        ({"services": ["haproxy"]}, "services: haproxy needs consul"),
    ],
)
def test_config_that_up_would_refuse_is_refused_in_the_same_words(
    registry: FakeRegistry, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(OperatorError, match=reason):
        list(report("test", PROJECT, stack_file(tmp_path, registry, **changes)))


def test_a_stack_without_a_config_file_is_named_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"Pulumi\.none\.yaml does not exist: `make init` makes it"):
        list(report("none", PROJECT, tmp_path / "Pulumi.none.yaml"))


def test_the_command_ends_with_the_reason_and_no_stack_trace() -> None:
    command = [sys.executable, "-m", "ops.images", "organization/none"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("Pulumi.none.yaml does not exist: ")
