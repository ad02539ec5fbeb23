"""The cluster, from stack config to resources: Settings -> Plan -> steps -> resources -> outputs."""
