"""The embedded engine: the Pulumi CLI's words, for machines on which the CLI is not installed.

Programs run in this process against an in-process resource monitor; state, locks, config files and
secrets are the CLI's own formats, so either engine goes on where the other stopped.
"""
