"""The sandbox's machine image, as the EC2 API lists it: its hosts boot from sandbox/hosts/base."""

import json
from pathlib import Path

AMIS = Path(__file__).with_name("amis.json")
"""A list of one, in the format that moto reads."""

AMI = str(json.loads(AMIS.read_text())[0]["ami_id"])
