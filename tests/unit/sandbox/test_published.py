"""What `make up` takes from a registry, in place of what it would build, and what the stack's config names then."""

import re
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from infra.services import registry as services
from ops.images.reference import Reference
from ops.images.registry import RegistryError
from sandbox.home import DEFAULTS, STACK_CONFIG, Home
from sandbox.hosts.base.command import BuildError
from sandbox.images import choice, layers, skopeo
from sandbox.images.offered import fill, is_complete
from sandbox.images.published import cached
from sandbox.images.recipe import recipes
from sandbox.images.registry_storage import LAYOUT
from sandbox.images.stack import ROUTER, named, needed, pairs, switched
from tests.unit.fake_registry import SCHEMA_1, FakeRegistry

pytestmark = pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")
PUBLISHED = {key: pair.published for key, pair in pairs().items()}
PROGRAMS = {key: PUBLISHED[key] for key in choice.PROGRAMS}


@dataclass(kw_only=True)
class Sandbox:
    """A sandbox with an empty cache, and a registry that plays the upstream of all published images."""

    home: Home
    upstream: FakeRegistry
    printed: list[str] = field(default_factory=list)

    def choose(self, mode: str) -> None:
        choice.choose(self.home, mode, self.upstream.host, self.printed.append)

    @property
    def named(self) -> Mapping[str, str]:
        return named(self.home.stack_config)

    def configure(self, old: str, new: str) -> None:
        text = self.home.stack_config.read_text()
        assert old in text
        self.home.stack_config.write_text(text.replace(old, new))


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.delenv("APOLLO_SANDBOX", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(choice, "CGROUP_V2", tmp_path / "absent")
    monkeypatch.setattr(choice, "SECONDS", {"auto": 10.0, "published": 10.0})
    (tmp_path / STACK_CONFIG).write_text(DEFAULTS.read_text())
    made = Sandbox(home=Home(tmp_path), upstream=FakeRegistry())
    made.home.dir.mkdir()
    for image in PUBLISHED.values():
        name, _, tag = image.partition(":")
        made.upstream.index(name, tag)
    yield made
    made.upstream.close()


def repository(key: str) -> str:
    return PUBLISHED[key].partition(":")[0]


def test_each_default_of_the_program_that_the_sandbox_replaces_has_its_pair() -> None:
    defaults = {key: image for service in services.OFFERED for key, image in service.images.items()}
    assert {key: image for key, image in PUBLISHED.items() if key != ROUTER} == defaults
    assert PUBLISHED[ROUTER] == "rajchaudhuri/weave:2.9.0"


def test_programs_that_would_be_built_are_taken_if_their_registry_answers(sandbox: Sandbox) -> None:
    before = sandbox.named
    assert {"consul", "haproxy"} < needed(sandbox.home)
    sandbox.choose("auto")
    assert sandbox.named == {**before, **PROGRAMS}
    assert set(cached(sandbox.home)) == set(PROGRAMS.values())
    assert not {"consul", "consul-template", "haproxy", "zookeeper"} & needed(sandbox.home)
    assert {"bottom", "python", "nodejs"} <= needed(sandbox.home)


def test_what_was_taken_is_asked_for_no_more(sandbox: Sandbox) -> None:
    sandbox.choose("auto")
    asked = list(sandbox.upstream.asked)
    sandbox.choose("auto")
    assert sandbox.upstream.asked == asked


def test_programs_that_are_built_already_stay(sandbox: Sandbox) -> None:
    for recipe in recipes():
        layers.layer_folder(sandbox.home, recipe).mkdir(parents=True)
    before = sandbox.home.stack_config.read_text()
    sandbox.choose("auto")
    assert sandbox.home.stack_config.read_text() == before
    assert sandbox.upstream.asked == []


def test_programs_that_a_cluster_may_run_already_stay_when_the_cache_is_removed(sandbox: Sandbox) -> None:
    name, _, tag = pairs()["consul"].built.partition(":")
    link = sandbox.home.registry / LAYOUT / "repositories" / name / "_manifests/tags" / tag / "current/link"
    link.parent.mkdir(parents=True)
    link.write_text("")
    before = sandbox.named
    sandbox.choose("auto")
    assert sandbox.named == {**before, **PROGRAMS, "consul": before["consul"]}


@pytest.mark.parametrize("mirror", [True, False])
@pytest.mark.parametrize("state", ["away", "silent"])
def test_without_an_answer_the_programs_are_built_and_only_a_mirror_is_news(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, state: str, mirror: bool
) -> None:
    if state == "away":
        sandbox.upstream.close()
    names = {repository(key) for key in PROGRAMS}
    sandbox.upstream.silent |= names | {f"library/{name}" for name in names}
    monkeypatch.setattr(choice, "SECONDS", {"auto": 1.0})
    if not mirror:
        monkeypatch.setattr("ops.images.reference.HUB", sandbox.upstream.host)
    before = sandbox.home.stack_config.read_text()
    choice.choose(sandbox.home, "auto", sandbox.upstream.host if mirror else "", sandbox.printed.append)
    assert sandbox.home.stack_config.read_text() == before
    programs = ", ".join(sorted(PROGRAMS.values()))
    reason = {"away": "can't be reached", "silent": "did not answer within"}[state]
    expected = [f"not taken from a registry: {programs}: {sandbox.upstream.host} {reason}"] if mirror else []
    assert [line[: len(start)] for line, start in zip(sandbox.printed, expected, strict=True)] == expected


def broken_blob(upstream: FakeRegistry) -> None:
    for path in list(upstream.content):
        if path.startswith(f"{repository('haproxy')}/blobs/"):
            upstream.content[path] += b" "


def schema_1(upstream: FakeRegistry) -> None:
    upstream.put(repository("haproxy"), PUBLISHED["haproxy"].partition(":")[2], SCHEMA_1)


def absent(upstream: FakeRegistry) -> None:
    upstream.refusals[repository("haproxy")] = 404


STATES = {
    "schema 1, which docker 28.2 and newer refuse": schema_1,
    "answered 404": absent,
    "could not be taken from": broken_blob,
}


@pytest.mark.parametrize("reason", STATES)
def test_a_program_that_cannot_be_had_is_built_and_a_line_says_why(sandbox: Sandbox, reason: str) -> None:
    STATES[reason](sandbox.upstream)
    before = sandbox.named
    sandbox.choose("auto")
    assert sandbox.named == {**before, **PROGRAMS, "haproxy": before["haproxy"]}
    (line,) = [line for line in sandbox.printed if "@sha256:" not in line]
    assert re.match(rf"(not taken from a registry: )?{PUBLISHED['haproxy']}.*{reason}", line)


@pytest.mark.parametrize("reason", STATES)
def test_if_all_shall_be_published_one_that_cannot_be_had_is_named_before_anything_starts(
    sandbox: Sandbox, reason: str
) -> None:
    STATES[reason](sandbox.upstream)
    before = sandbox.home.stack_config.read_text()
    with pytest.raises(BuildError, match=f"^{PUBLISHED['haproxy']}.*{reason}"):
        sandbox.choose("published")
    assert sandbox.home.stack_config.read_text() == before
    if STATES[reason] is not broken_blob:
        assert not cached(sandbox.home)


def test_all_that_the_stack_pulls_is_published_on_demand_and_stays_so(sandbox: Sandbox) -> None:
    sandbox.choose("published")
    pulled = {key: image for key, image in PUBLISHED.items() if key != "scope"}
    assert sandbox.named == pulled
    assert set(cached(sandbox.home)) == set(pulled.values())
    sandbox.choose("auto")
    assert sandbox.named == pulled
    sandbox.choose("built")
    assert yaml.safe_load(sandbox.home.stack_config.read_text()) == yaml.safe_load(DEFAULTS.read_text())


def test_mesos_and_marathon_stay_stand_ins_on_a_machine_with_cgroup_v2(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(choice, "CGROUP_V2", tmp_path)
    before = sandbox.named
    sandbox.choose("published")
    assert {key for key, image in sandbox.named.items() if image == before[key]} == {"mesos", "marathon"}
    assert "mesos and marathon stay" in sandbox.printed[0]


def test_an_image_of_the_users_choice_stays_and_is_taken_by_its_digest(sandbox: Sandbox) -> None:
    digest = sandbox.upstream.index("somebody/haproxy", "2")
    own = f"somebody/haproxy:2@{digest}"
    sandbox.configure(pairs()["haproxy"].built, own)
    sandbox.choose("auto")
    assert sandbox.named["haproxy"] == own
    assert cached(sandbox.home)[own].packed.reference == own


def test_a_pin_that_the_registry_does_not_have_is_refused(sandbox: Sandbox) -> None:
    own = "haproxy:3.2.22@sha256:" + "0" * 64
    sandbox.configure(pairs()["haproxy"].built, own)
    with pytest.raises(BuildError, match=f"^{own}: .* answered 404 "):
        sandbox.choose("published")
    sandbox.upstream.content["haproxy/manifests/sha256:" + "0" * 64] = b"{}"
    with pytest.raises(BuildError, match=f"^{own}: .* sent sha256:44136"):
        sandbox.choose("published")


def test_the_registry_offers_them_by_tag_and_by_the_digest_of_the_index_and_lists_them(sandbox: Sandbox) -> None:
    sandbox.choose("auto")
    image = cached(sandbox.home)[PUBLISHED["consul"]].packed
    assert image.manifest == sandbox.upstream.content[f"hashicorp/consul/manifests/{image.digest}"]
    assert image.reference in fill(sandbox.home)
    assert is_complete(sandbox.home)
    of_consul = sandbox.home.registry / LAYOUT / "repositories/hashicorp/consul/_manifests"
    assert (of_consul / "tags/1.22.7/current/link").read_text() == image.digest
    assert len(list((of_consul / "revisions/sha256").iterdir())) == 2
    listed = sandbox.home.images.read_text().splitlines()
    assert any(re.fullmatch(rf"{image.reference}  published, from 127.*on \d+-\d+-\d+", line) for line in listed)
    assert any(re.fullmatch(r"weave:2\.9\.0@sha256:\w+  built here", line) for line in listed)


@pytest.mark.parametrize("pin", [True, False])
def test_an_image_that_the_sandboxs_registry_has_is_not_asked_for(sandbox: Sandbox, pin: bool) -> None:
    sandbox.choose("auto")
    fill(sandbox.home)
    if pin:
        image = PUBLISHED["haproxy"]
        sandbox.configure(f": {image}", f": haproxy@{cached(sandbox.home)[image].packed.digest}")
    shutil.rmtree(sandbox.home.cache)
    asked = list(sandbox.upstream.asked)
    sandbox.choose("auto")
    assert sandbox.upstream.asked == asked


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the resolver, which no timeout of a connection ends."""
    hanging = threading.Event()

    async def check(references: Collection[Reference], **_: object) -> dict[Reference, RegistryError]:
        hanging.wait(20)
        return {reference: RegistryError("too late", "") for reference in references}

    monkeypatch.setattr(skopeo, "check", check)
    ((_, answer),) = skopeo.look_up(["haproxy:3"], "", seconds=0.01).values()
    hanging.set()
    assert isinstance(answer, RegistryError)
    assert str(answer).startswith("no answer within 0.04 s")
    assert not answer.reached


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("  apollo:weaveImage: 10.0.0.1:5000/old:1", "  apollo:weaveImage: 10.0.0.1:5000/new/one:2"),
        ("  apollo:weaveImage: old:1", "  apollo:weaveImage: new/one:2"),
        ('    weaveImage: "old:1"', '    weaveImage: "new/one:2"'),
        ("    weaveImage: old:1.0", None),
        ("    weaveImage: my/old:1", None),
        ("    haproxy: old:1", None),
        ("  # apollo:weaveImage: old:1", None),
    ],
)
def test_a_line_with_the_replaced_image_changes_and_every_other_stays(line: str, changed: str | None) -> None:
    config = f"config:\n{line}\n  other: old:1\n"
    assert switched(config, {"weaveImage": ("old:1", "new/one:2")}) == config.replace(line, changed or line)


@pytest.mark.parametrize("mirror", ["https://registry.example.com", "registry.example.com/"])
def test_a_mirror_that_is_not_named_as_docker_names_registries_is_refused(sandbox: Sandbox, mirror: str) -> None:
    with pytest.raises(BuildError, match=f"IMAGES_FROM is {mirror}: name a registry"):
        choice.choose(sandbox.home, "auto", mirror, print)


def test_without_skopeo_the_package_is_named(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BuildError, match=r"skopeo is not installed.*: apt-get install skopeo"):
        sandbox.choose("published")
