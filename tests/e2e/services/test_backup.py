"""A backup of a cluster that is in use, put back into the same cluster after its app and a key were deleted."""

from pathlib import Path

import httpx

from bench.workspace import ProjectCopy
from tests.e2e.services.witness import APP, running, until_none

KEY = "/v1/kv/tests/backup"


def test_what_was_deleted_comes_back_from_a_backup(
    cluster: ProjectCopy, consul: httpx.Client, marathon: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "sandbox.backup"
    with running(cluster, 2) as witness:
        consul.put(KEY, content="as it was").raise_for_status()
        assert f"marathon: apps /{APP}" in cluster.make("backup", f"TO={file}").stdout
        assert APP.encode() not in file.read_bytes()
        witness.remove()
        consul.delete(KEY).raise_for_status()

        marathon.post("/v2/apps", json={**_small(cluster), "id": "/other"}).raise_for_status()
        refused = cluster.make("restore", f"FROM={file}", check=False)
        assert "Marathon runs /other, which the backup does not have" in refused.stdout
        assert consul.get(KEY).status_code == httpx.codes.NOT_FOUND
        marathon.delete("/v2/apps/other", params={"force": "true"}).raise_for_status()
        until_none(lambda: str(marathon.get("/v2/deployments").json() or ""))

        assert "marathon: restored, and every app has started" in cluster.make("restore", f"FROM={file}").stdout
        until_none(lambda: witness.trouble(2))
        assert consul.get(KEY, params={"raw": ""}).text == "as it was"
        consul.delete(KEY).raise_for_status()
    until_none(lambda: "" if cluster.well() else "not well")
    cluster.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")


def _small(cluster: ProjectCopy) -> dict[str, object]:
    image = f"{cluster.stack.config('imageRegistry')}/apollo/nodejs-rest-api:1"
    container = {"type": "DOCKER", "docker": {"image": image}, "portMappings": []}
    return {
        "instances": 1,
        "cpus": 0.1,
        "mem": 32,
        "networks": [{"mode": "container/bridge"}],
        "container": container,
    }
