"""What runs on the repository's host, and before a commit."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.documents.markdown import PROJECT

WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_a_commit_with_its_version_in_a_comment(workflow: Path) -> None:
    uses = re.findall(r"^\s*-?\s*uses:\s*(.+)$", workflow.read_text(), re.MULTILINE)
    assert uses
    loose = [line for line in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)]
    assert not loose, f"pin by commit, and name the version behind it: {loose}"


def test_the_preview_of_a_pull_request_runs_the_version_of_the_cli_that_the_lock_names(tmp_path: Path) -> None:
    steps = _steps("preview.yml")
    (version,) = [step for step in steps if step.get("id") == "pulumi"]
    output = tmp_path / "output"
    subprocess.run(
        ["bash", "-ec", version["run"]], cwd=PROJECT, env={**os.environ, "GITHUB_OUTPUT": str(output)}, check=True
    )
    assert re.fullmatch(r"version=\d+\.\d+\.\d+\n", output.read_text())
    (preview,) = [step for step in steps if step.get("uses", "").startswith("pulumi/actions@")]
    assert preview["with"]["pulumi-version"] == "${{ steps.pulumi.outputs.version }}"


def test_the_hooks_are_local_and_run_what_make_check_runs() -> None:
    repositories = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())["repos"]
    assert {repository["repo"] for repository in repositories} == {"local"}
    hooks = [hook for repository in repositories for hook in repository["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    assert "make --silent check" in {hook["entry"] for hook in hooks}


def _steps(workflow: str) -> list[dict[str, Any]]:
    jobs = yaml.safe_load((PROJECT / ".github/workflows" / workflow).read_text())["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]
