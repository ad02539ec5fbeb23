missing=()
{% for command, package in packages %}
command -v {{ command }} >/dev/null || missing+=({{ package }})
{% endfor %}
if [ "${#missing[@]}" -gt 0 ]; then
  # On the first boot cloud-init may still be writing package sources.
  if command -v cloud-init >/dev/null; then
    timeout 300 cloud-init status --wait >/dev/null 2>&1 || true
  fi
  export DEBIAN_FRONTEND=noninteractive
  lock=(-o DPkg::Lock::Timeout=300)
  apt-get "${lock[@]}" -qq update >/dev/null
  apt-get "${lock[@]}" -qq install -y --no-install-recommends "${missing[@]}" >/dev/null ||
    not_installed
fi
