"""The agent's flags: those that do something here, and those of the real one that change nothing here."""

KNOWN: dict[str, str | None] = {
    "version": None, "help": None, "master": None, "ip": None, "advertise_ip": None, "hostname": None,
    "port": "5051", "work_dir": None, "containerizers": "mesos", "resources": None, "attributes": None,
    "executor_registration_timeout": "1mins", "docker_socket": "/var/run/docker.sock",
    "docker_remove_delay": "6hrs", "docker_stop_timeout": "0ns", "zk_session_timeout": "10secs",
    "sandbox_directory": "/mnt/mesos/sandbox", "executor_shutdown_grace_period": "5secs",
}  # fmt: skip

# Source: docs/configuration of Mesos 1.7.
OTHERS = frozenset({
    "acls", "advertise_port", "agent_features", "agent_subsystems", "allowed_devices",
    "appc_simple_discovery_uri_prefix", "appc_store_dir", "authenticate_http_executors",
    "authenticate_http_readonly", "authenticate_http_readwrite", "authenticatee",
    "authentication_backoff_factor", "authentication_timeout_max", "authentication_timeout_min", "authorizer",
    "bounding_capabilities", "cgroups_cpu_enable_pids_and_tids_count", "cgroups_destroy_timeout",
    "cgroups_enable_cfs", "cgroups_hierarchy", "cgroups_limit_swap", "cgroups_net_cls_primary_handle",
    "cgroups_net_cls_secondary_handles", "cgroups_root", "check_agent_port_range_only",
    "container_disk_watch_interval", "container_logger", "container_ports_watch_interval", "credential",
    "default_container_dns", "default_container_info", "default_role", "disallow_sharing_agent_pid_namespace",
    "disk_profile_adaptor", "disk_watch_interval", "docker", "docker_config", "docker_kill_orphans",
    "docker_mesos_image", "docker_registry", "docker_store_dir", "docker_volume_checkpoint_dir", "domain",
    "effective_capabilities", "egress_flow_classifier_parent", "egress_rate_limit_per_container",
    "egress_unique_flow_per_container", "enforce_container_disk_quota", "enforce_container_ports",
    "ephemeral_ports_per_container", "executor_environment_variables",
    "executor_reregistration_retry_interval", "executor_reregistration_timeout", "external_log_file",
    "fetcher_cache_dir", "fetcher_cache_size",
    "fetcher_stall_timeout", "firewall_rules", "frameworks_home", "gc_delay", "gc_disk_headroom",
    "gc_non_executor_container_sandboxes", "hadoop_home", "hooks", "hostname_lookup", "http_authenticators",
    "http_command_executor", "http_credentials", "http_heartbeat_interval", "image_gc_config",
    "image_providers", "image_provisioner_backend", "initialize_driver_logging", "ip_discovery_command",
    "isolation", "jwt_secret_key", "launcher", "launcher_dir", "lo_name", "log_dir", "logbufsecs",
    "logging_level", "master_detector", "max_completed_executors_per_framework", "memory_profiling",
    "modules", "modules_dir", "network_cni_config_dir", "network_cni_metrics", "network_cni_plugins_dir",
    "network_enable_snmp_statistics", "network_enable_socket_statistics_details",
    "network_enable_socket_statistics_summary", "nvidia_gpu_devices", "oversubscribed_resources_interval",
    "perf_duration", "perf_events", "perf_interval", "qos_controller", "qos_correction_interval_min", "quiet",
    "reconfiguration_policy", "recover", "recovery_timeout", "registration_backoff_factor",
    "resource_estimator", "resource_provider_config_dir", "revocable_cpu_low_priority", "runtime_dir",
    "secret_resolver", "slave_subsystems", "strict", "switch_user", "systemd_enable_support",
    "systemd_runtime_directory", "xfs_kill_containers", "xfs_project_range",
})  # fmt: skip
