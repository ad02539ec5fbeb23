"""The bounds of config values: rules, errors and docs take them from here."""

MASTERS_MOST = 9
"""Weave indexes 1 to 9 belong to the masters, so that more masters renumber no slave."""

INDEX_MOST = 254
"""The highest weave index: the /24 of index 255 would hold the broadcast address of a /16."""

SLAVES_MOST = INDEX_MOST - MASTERS_MOST

SUBNET_BITS = 3
"""A VPC is cut into 2**3 equal subnets, whether or not all zones are in use: adding one moves no other."""

ZONES_MOST = 2**SUBNET_BITS

MASTER_COUNTS = (1, 3, 5, 7)
"""Odd, since an even number tolerates no more failures than the odd number below it."""

PRIVATE_ZONES_MOST = ZONES_MOST - 1
"""With private nodes, the VPC's last eighth holds the public subnets."""

SUBNET_PREFIX_MOST = 28
"""AWS accepts no smaller subnet."""

VPC_PREFIXES = (16, 25)
"""AWS accepts /16 to /28; a subnet, an eighth of the VPC, may not be smaller than a /28 either."""

ADMIN_PREFIX_LEAST = 8
"""The widest private range is 10.0.0.0/8; whatever is wider holds a good part of the Internet."""

MTU_LEAST, MTU_MOST = 576, 65535
"""What an IPv4 host has to accept (RFC 791), and the largest IPv4 packet."""

VOLUME_GB_LEAST, VOLUME_GB_MOST = 8, 16384
"""The root volume of the vendors' images, and the largest gp3 volume."""

CONNECTIONS_MOST = 1_000_000
TIMEOUT_SECONDS_MOST = 86400
"""For HAProxy; beyond about 24 days it refuses a timeout, and a day is longer than any request."""

DRAIN_SECONDS_MOST = 3600
"""As AWS's own delay of a target that is deregistered."""
