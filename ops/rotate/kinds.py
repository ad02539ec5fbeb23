"""What `make rotate` rotates, by KEY."""

from collections.abc import Mapping

from ops.init import SECRETS
from ops.rotate import weave
from ops.rotate.rotation import Kind

KINDS: Mapping[str, Kind] = {
    "weave": Kind(config="weavePassword", generate=SECRETS["weavePassword"].generate, verify=weave.verify),
}
