"""App ids, task ids and times, as Marathon writes them."""

import re
import uuid
from datetime import UTC, datetime

_SEGMENT = r"(([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])"


def app_id(text: str) -> str:
    """The absolute id. Raises ValueError."""
    path = "/" + text.strip("/")
    for segment in path[1:].split("/"):
        if not re.fullmatch(_SEGMENT, segment):
            raise ValueError(f"must fully match regular expression '^{_SEGMENT}|(\\.|\\.\\.)$'")
    return path


def task_id(app: str) -> str:
    """`/group/app` -> `group_app.instance-<uuid>._app.1`."""
    return f"{app.strip('/').replace('/', '_')}.instance-{uuid.uuid1()}._app.1"


def node_name(app: str) -> str:
    """An app's id as the name of one ZooKeeper node. Ids have no underscore."""
    return app.strip("/").replace("/", "_")


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
