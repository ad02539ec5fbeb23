"""Stand-ins for the services that no package registry has: Mesos, Marathon, registrator and Scope.

Each takes the flags, the environment and the ports of the real one that this project passes, and serves the part
of its API that this project uses. It refuses everything else with the words "this stand-in has no ...".
"""

WHAT_IT_IS = "a stand-in of the sandbox, not the real one"

PROGRAMS = {
    "mesos-master": "sandbox.standins.mesos_master",
    "mesos-agent": "sandbox.standins.mesos_agent",
    "marathon": "sandbox.standins.marathon",
    "registrator": "sandbox.standins.registrator",
    "scope": "sandbox.standins.scope",
}
"""The name of each program, and its package."""
