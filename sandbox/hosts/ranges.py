"""The ranges that the sandbox's stack would use."""

from pathlib import Path

import yaml

DEFAULTS = {"vpcCidr": "10.0.0.0/16", "weaveCidr": "10.2.0.0/16"}


def stack_ranges(stack_file: Path) -> dict[str, str]:
    """vpcCidr and weaveCidr as the stack's file has them (`<project>:vpcCidr`), or the defaults."""
    try:
        config = (yaml.safe_load(stack_file.read_text()) or {}).get("config", {})
    except FileNotFoundError:
        config = {}
    said = {str(key).rpartition(":")[2]: str(value) for key, value in config.items()}
    return {key: said.get(key, default) for key, default in DEFAULTS.items()}
