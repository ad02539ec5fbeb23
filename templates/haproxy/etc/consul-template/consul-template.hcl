log_level = "warn"

# What systemd and upstart send; by default it stops for SIGINT alone, and would be killed after 90 s.
kill_signal = "SIGTERM"

consul {
  address = "{{ consul }}"

  # Retry forever: while Consul is unreachable HAProxy keeps its last configuration.
  retry {
    attempts    = 0
    backoff     = "250ms"
    max_backoff = "5s"
  }
}

template {
  source          = "/etc/consul-template/haproxy.cfg.ctmpl"
  destination     = "/etc/haproxy/candidate.cfg"
  perms           = 0644
  command         = ["/usr/local/bin/haproxy-reload"]
  command_timeout = "90s"

  # Several changes at once cause one reload.
  wait {
    min = "250ms"
    max = "2s"
  }
}
