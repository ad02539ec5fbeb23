# apt waits for dpkg's lock but not for those of its lists and archives, which the daily update of a fresh node takes.
apt_get() {
  local end=$((SECONDS + 300)) error
  until error=$(apt-get -o DPkg::Lock::Timeout=300 -qq "$@" 2>&1 >/dev/null); do
    if [[ $error != *"Could not get lock"* && $error != *"Unable to lock"* ]] || [ "$SECONDS" -ge "$end" ]; then
      echo "$error" >&2
      return 1
    fi
    sleep 2
  done
}

updated=
install_packages() {
  [ "$#" -gt 0 ] || return 0
  # On the first boot cloud-init may still be writing package sources.
  if [ -z "$updated" ] && command -v cloud-init >/dev/null; then
    timeout 300 cloud-init status --wait >/dev/null 2>&1 || true
  fi
  export DEBIAN_FRONTEND=noninteractive
  [ -n "$updated" ] || apt_get update || not_updated
  updated=yes
  apt_get install -y --no-install-recommends "$@" || not_installed "$@"
}

missing=()
{% for command, package in packages %}
command -v {{ command }} >/dev/null || missing+=({{ package }})
{% endfor %}
install_packages "${missing[@]}"

# Mesos 1.7 cannot read docker's answers about images in containerd's store, which docker 29 uses by default. This has
# to be set before docker starts for the first time, since it does not find in one store what it pulled into the other.
settings=/etc/docker/daemon.json
if ! jq --exit-status '.features["containerd-snapshotter"] == false' "$settings" >/dev/null 2>&1; then
  mkdir -p "$(dirname "$settings")"
  [ -s "$settings" ] || echo '{}' >"$settings"
  jq '.features["containerd-snapshotter"] = false' "$settings" >"$settings.new" || settings_not_changed
  mv "$settings.new" "$settings"
  restart_running_unit docker
fi
command -v dockerd >/dev/null || install_packages docker.io
# From Debian 13 on, docker.io has the daemon alone.
command -v docker >/dev/null || install_packages docker-cli

# Unattended upgrades would install another docker, which the next reboot starts.
mapfile -t held < <(
  dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' docker.io containerd 2>/dev/null |
    sed -n 's/^installed //p'
)
not_held() { apt-mark hold "${held[@]}" >/dev/null; }
[ "${#held[@]}" -eq 0 ] || until_ready not_held 300 || upgrades_not_held
