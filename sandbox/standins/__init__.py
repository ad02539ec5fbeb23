"""Stand-ins for the services that no package registry has: Mesos, Marathon, registrator and Scope.

Each takes the real one's flags, environment and ports, and serves the part of its API that this project
and its users touch. Each says what it is in `--version`, in its API's version and in its first log line.
"""

WHAT_IT_IS = "a stand-in of the sandbox, not the real one"

PROGRAMS = {
    "mesos-master": "sandbox.standins.mesos_master",
    "mesos-slave": "sandbox.standins.mesos_agent",
    "marathon": "sandbox.standins.marathon",
    "registrator": "sandbox.standins.registrator",
    "scope": "sandbox.standins.scope",
}
"""The name of each program, and the package whose `main()` it is."""
