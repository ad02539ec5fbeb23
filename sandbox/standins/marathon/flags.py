"""Marathon's flags: `--name value`, `--name=value`, switches `--name` and `--disable_name`, and MARATHON_NAME."""

from collections.abc import Mapping, Sequence

from sandbox.standins.common.flags import Flags, WrongFlag

KNOWN: dict[str, str] = {
    "master": "", "zk": "zk://localhost:2181/marathon", "hostname": "", "http_port": "8080", "http_address": "",
    "zk_connection_timeout": "10000", "zk_session_timeout": "10000", "framework_name": "marathon",
    "webui_url": "", "mesos_leader_ui_url": "", "task_launch_timeout": "300000", "local_port_min": "10000",
    "local_port_max": "20000", "leader_proxy_connection_timeout": "5000", "leader_proxy_read_timeout": "10000",
}  # fmt: skip

# Source: docs/docs/command-line-flags.md of Marathon 1.11, as are the switches.
OTHERS = frozenset({
    "accepted_resource_roles_default_behavior", "access_control_allow_origin", "assets_path",
    "backup_location", "decline_offer_duration", "default_accepted_resource_roles", "default_network_name",
    "deprecated_features", "draining_seconds", "enable_features", "env_vars_prefix", "executor",
    "failover_timeout", "gpu_scheduling_behavior", "graceful_shutdown_timeout", "http_credentials",
    "http_max_concurrent_requests", "http_realm", "https_address", "https_port", "launch_token_count",
    "launch_token_refresh_interval", "launch_tokens", "leader_election_backend",
    "leader_proxy_max_open_connections", "logging_level", "logstash", "max_apps", "max_instances_per_offer",
    "max_running_deployments",
    "max_tasks_per_offer", "max_tasks_per_offer_cycle", "mesos_authentication_principal",
    "mesos_authentication_secret", "mesos_authentication_secret_file", "mesos_bridge_name",
    "mesos_heartbeat_failure_threshold", "mesos_heartbeat_interval", "mesos_role", "mesos_user",
    "metrics_datadog_host", "metrics_datadog_port", "metrics_datadog_protocol",
    "metrics_datadog_transmission_interval_ms", "metrics_histogram_reservoir_resetting_chunks",
    "metrics_histogram_reservoir_resetting_interval_ms", "metrics_histogram_reservoir_significant_digits",
    "metrics_name_prefix", "metrics_statsd_host", "metrics_statsd_port",
    "metrics_statsd_transmission_interval_ms", "min_revive_offers_interval", "new_group_enforce_role",
    "offer_matching_timeout", "on_elected_prepare_timeout", "plugin_conf", "plugin_dir",
    "reconciliation_initial_delay", "reconciliation_interval", "revive_offers_repetitions",
    "scale_apps_initial_delay", "scale_apps_interval", "sentry", "sentry_tags", "ssl_keystore_password",
    "ssl_keystore_path", "task_launch_confirm_timeout", "task_lost_expunge_gc",
    "task_lost_expunge_initial_delay", "task_lost_expunge_interval", "task_reservation_timeout",
    "zk_compression_threshold", "zk_max_node_size", "zk_max_versions", "zk_operation_base_retry_sleep_ms",
    "zk_operation_max_retries", "zk_timeout",
})  # fmt: skip

SWITCHES = frozenset({
    "checkpoint", "ha", "help", "http", "http_compression", "leader_proxy_ssl_ignore_hostname",
    "maintenance_mode", "mesos_authentication", "metrics", "metrics_datadog",
    "metrics_histogram_reservoir_reset_periodically", "metrics_prometheus", "metrics_statsd", "store_cache",
    "suppress_offers", "tracing", "version", "zk_compression",
})  # fmt: skip


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Flags:
    """The environment comes first, so that an argument wins. Raises WrongFlag."""
    words = [word for name, value in sorted(environment.items()) for word in _as_words(name, value)]
    values = {name: value for name, value in KNOWN.items() if value}
    values |= _read(words)
    values |= _read(list(arguments))
    return Flags(values=values)


def _as_words(name: str, value: str) -> list[str]:
    """MARATHON_APP_* is what Marathon itself gives to its tasks."""
    if not name.startswith("MARATHON_") or name.startswith("MARATHON_APP_"):
        return []
    flag = f"--{name.removeprefix('MARATHON_').lower()}"
    return [flag, value] if value else [flag]


def _read(rest: list[str]) -> dict[str, str]:
    found = {}
    while rest:
        word = rest.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        switch = name.removeprefix("disable_")
        if not word.startswith("--") or (name not in KNOWN and name not in OTHERS and switch not in SWITCHES):
            raise WrongFlag(f"Unknown option '{word.removeprefix('--').partition('=')[0]}'")
        if switch in SWITCHES:
            found[switch] = "true" if name == switch else "false"
            continue
        if not equals:
            if not rest:
                raise WrongFlag(f"Option '{name}' needs a value")
            value = rest.pop(0)
        if name in found:
            raise WrongFlag(f"Option '{name}' was given twice")
        found[name] = value
    return found
