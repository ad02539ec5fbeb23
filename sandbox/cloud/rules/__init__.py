"""What AWS refuses and moto accepts: checked before a request reaches moto, by one table of actions."""

from sandbox.cloud.rules.request import Refusal, Request
from sandbox.cloud.rules.table import SERVICES, refuse

__all__ = ["SERVICES", "Refusal", "Request", "refuse"]
