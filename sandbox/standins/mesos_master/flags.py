"""The master's flags: those that do something here, and those of the real one that change nothing here."""

KNOWN: dict[str, str | None] = {
    "version": None, "help": None, "ip": None, "advertise_ip": None, "hostname": None, "port": "5050",
    "zk": None, "quorum": None, "work_dir": None, "cluster": None, "zk_session_timeout": "10secs",
    "agent_ping_timeout": "15secs", "max_agent_ping_timeouts": "5", "agent_reregister_timeout": "10mins",
    "registry_fetch_timeout": "1mins",
}  # fmt: skip

# Source: docs/configuration of Mesos 1.7.
OTHERS = frozenset({
    "acls", "advertise_port", "agent_removal_rate_limit", "allocation_interval", "allocator", "authenticate",
    "authenticate_agents", "authenticate_frameworks", "authenticate_http_frameworks",
    "authenticate_http_readonly", "authenticate_http_readwrite", "authenticate_slaves", "authenticators",
    "authorizers", "credentials", "domain", "external_log_file", "fair_sharing_excluded_resource_names",
    "filter_gpu_resources", "firewall_rules", "framework_sorter", "hooks", "hostname_lookup",
    "http_authenticators", "http_framework_authenticators", "initialize_driver_logging",
    "ip_discovery_command", "log_auto_initialize", "log_dir", "logbufsecs", "logging_level",
    "master_contender", "master_detector", "max_completed_frameworks", "max_completed_tasks_per_framework",
    "max_executors_per_agent", "max_executors_per_slave", "max_slave_ping_timeouts",
    "max_unreachable_tasks_per_framework", "memory_profiling", "min_allocatable_resources", "modules",
    "modules_dir", "offer_timeout", "quiet", "rate_limits", "recovery_agent_removal_limit",
    "recovery_slave_removal_limit", "registry", "registry_gc_interval", "registry_max_agent_age",
    "registry_max_agent_count", "registry_store_timeout", "registry_strict", "require_agent_domain",
    "role_sorter", "roles", "root_submissions", "slave_ping_timeout", "slave_removal_rate_limit",
    "slave_reregister_timeout", "user_sorter", "webui_dir", "weights", "whitelist",
})  # fmt: skip
