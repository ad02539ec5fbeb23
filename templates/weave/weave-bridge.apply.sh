# Debian reads the folder only as far as this file says, and `source-directory` passes over names with a dot.
grep -qE '^\s*source\s+/etc/network/interfaces\.d/\*(\.cfg)?\s*$' /etc/network/interfaces 2>/dev/null ||
  echo 'source /etc/network/interfaces.d/*.cfg' >>/etc/network/interfaces
# docker uses the bridge, so it is changed in place, never taken down.
if ifquery --state weave >/dev/null 2>&1; then
  weave create-bridge
  ip addr replace dev weave {{ node.bridge }}
else
  ifup weave
fi
