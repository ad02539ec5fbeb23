"""The README's facts: what `pulumi up` creates, where things are, and the picture's addresses."""

import re
from collections import Counter
from pathlib import Path

from infra.config.settings import Settings
from infra.plan.plan import Plan
from tests.unit.documents.markdown import PROJECT, code, project_files, rows
from tests.unit.program import dev, launch

README = Path("README.md")
_TYPES = {
    "EC2 instances": ("aws:ec2/instance:",),
    "VPC": ("aws:ec2/vpc:", "aws:ec2/internetGateway:", "aws:ec2/route", "aws:ec2/subnet", "aws:ec2/keyPair:"),
    "security groups": ("aws:ec2/securityGroup:", "aws:ec2/defaultSecurityGroup:", "aws:vpc/securityGroup"),
    "network load balancer": ("aws:lb/",),
    "remote commands": ("command:remote:",),
    "groups of the above": ("apollo:", "pulumi:"),
}
"""By the beginning of each row of the table, the types that it counts."""
_NOT_IN_THE_TREE = {"requirements"}


def test_the_table_of_what_up_creates_is_what_the_program_creates_for_the_stackdev() -> None:
    created = Counter(type_ for type_, _ in launch(dev()).resources)
    counted = {
        label: sum(number for type_, number in created.items() if type_.startswith(types))
        for label, types in _TYPES.items()
    }
    assert sum(counted.values()) == created.total(), "a type is in no row, or in two"
    shown = {label: int(number) for label, number in rows(README, "What `pulumi up` creates")}
    for beginning, number in counted.items():
        (label,) = [label for label in shown if label.startswith(beginning)]
        assert shown[label] == number, label
    assert len(shown) == len(counted)


def test_the_tree_names_every_folder_and_every_page_of_the_docs() -> None:
    files = project_files()
    folders = {path.parts[0] for path in files if len(path.parts) > 1 and not path.parts[0].startswith(".")}
    tree = next(text for text in code(README) if "__main__.py" in text)
    named = {match[1]: match[2] for match in re.finditer(r"^(\w+)/ +(.+)$", tree, re.MULTILINE)}
    assert set(named) == folders - _NOT_IN_THE_TREE
    pages = {path.stem for path in files if path.parts[0] == "docs" and path.suffix == ".md" and len(path.parts) == 2}
    assert set(named["docs"].split(", ")) == pages | {"decisions"}


def test_the_picture_shows_the_planned_names_and_addresses_of_three_masters_and_three_slaves() -> None:
    texts = set(re.findall(r">([^<>]+)</text>", (PROJECT / "docs/cluster.svg").read_text()))
    for node in Plan.of(Settings.parse(dev(slaveCount=3))).nodes:
        wanted = {node.name, f"index {node.index}", str(node.private_address), f"bridge weave {node.bridge}"}
        assert wanted <= texts, f"the picture lacks {wanted - texts} of {node.name}"
