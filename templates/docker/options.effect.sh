tr '\0' '\n' <"/proc/$(cat /var/run/docker.pid)/cmdline" | grep '^--' | grep -v '^--containerd='
