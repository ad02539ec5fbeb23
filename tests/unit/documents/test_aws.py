"""The numbers and the printed lines of docs/aws.md against the program and the stack dev."""

import json
import re
from pathlib import Path

import yaml

from infra.config.settings import Settings
from infra.plan.plan import Plan
from ops.images.check import PLATFORM
from ops.images.stack import named
from ops.init import initialise
from ops.remote.stack import Stack
from tests.unit.documents.markdown import PROJECT, code, rows
from tests.unit.program import dev, launch
from tests.unit.shell import program

AWS = Path("docs/aws.md")
VCPUS = {"t3.medium": 2}


def block(start: str) -> list[str]:
    """The lines of the one code block that starts with this text."""
    (found,) = [text for text in code(AWS) if text.startswith(start)]
    return found.strip().splitlines()


def test_init_prints_what_the_walk_shows(tmp_path: Path) -> None:
    config = tmp_path / "config"
    program(
        tmp_path,
        "pulumiw",
        f"""case "$1 $2" in
          "stack init") echo '{{}}' >{config} ;;
          "config --json") cat {config} 2>/dev/null || {{ echo 'error: no stack named dev' >&2; exit 1; }} ;;
          "config get") echo key ;;
        esac""",
    )
    assert block("made the stack dev") == initialise(Stack("dev", tmp_path))


def test_the_walk_counts_the_resources_that_the_program_makes_for_the_stack_dev() -> None:
    number = len(launch(dev()).resources)
    shown = [line for text in code(AWS) for line in text.splitlines() if re.fullmatch(r" +[+-] \d+ \w.*", line)]
    assert shown == [f"    + {number} to create", f"    + {number} created", f"    - {number} deleted"]


def test_images_prints_what_the_walk_shows() -> None:
    printed = block("# ")
    images = named(Settings.parse(dev()))
    assert printed[0].startswith(f"# {len(images)} images, all for {'/'.join(PLATFORM)} and in a format")
    assert f"  apollo:weaveImage: {images['weaveImage']}@sha256:..." in printed
    assert f"    consul: {images['consul']}@sha256:..." in printed


def test_the_cost_and_the_quota_are_those_of_the_stack_dev() -> None:
    settings = Settings.parse(dev())
    plan = Plan.of(settings)
    costs = {what: number for what, number, _ in rows(AWS, "Cost")}
    types = {settings.master_instance_type, settings.slave_instance_type}
    assert types == {"t3.medium"}
    assert costs["t3.medium"] == str(len(plan.nodes))
    addresses = f"public IPv4 addresses: {len(plan.nodes)} nodes, {len(plan.subnets)} of the load balancer"
    assert costs[addresses] == str(len(plan.nodes) + len(plan.subnets))
    size = settings.root_volume_gb
    assert costs[f"gp3, {size} GB each"] == f"{size * len(plan.nodes)} GB"
    quotas = {name: needed for name, needed, _ in rows(AWS, "Quotas")}
    assert quotas["Running On-Demand Standard instances"] == f"{VCPUS['t3.medium'] * len(plan.nodes)} vCPUs"


def test_the_region_that_the_policy_can_be_limited_to_is_that_of_the_stack_dev() -> None:
    (line,) = block('"Condition"')
    condition = json.loads(f"{{{line}}}")["Condition"]
    region = yaml.safe_load((PROJECT / "Pulumi.dev.yaml").read_text())["config"]["aws:region"]
    assert condition == {"StringEquals": {"aws:RequestedRegion": region}}


def test_the_statements_that_the_page_names_are_in_the_policy() -> None:
    names = {
        statement["Sid"] for statement in json.loads((PROJECT / "docs/iam-policy.json").read_text())["Statement"]
    }
    text = (PROJECT / AWS).read_text()
    section = text[text.index("## Permissions") : text.index("## Quotas")]
    named = set(re.findall(r"`([A-Z][a-z]+[A-Za-z]+)`", section))
    assert named
    assert named <= names
