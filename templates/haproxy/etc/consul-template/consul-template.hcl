log_level = "warn"

# What systemd and upstart send; left to itself it waits for SIGINT, and is killed after 90 s.
kill_signal = "SIGTERM"

consul {
  address = "{{ consul }}"

  # Without Consul the last configuration stays, for as long as it takes.
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

  # Several changes at once are one reload.
  wait {
    min = "250ms"
    max = "2s"
  }
}
