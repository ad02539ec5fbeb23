# Debian reads the folder only if this file sources it, and `source-directory` skips names with a dot.
grep -qE '^\s*source\s+/etc/network/interfaces\.d/\*(\.cfg)?\s*$' /etc/network/interfaces 2>/dev/null ||
  echo 'source /etc/network/interfaces.d/*.cfg' >>/etc/network/interfaces
# docker uses the bridge, so change it in place and never take it down.
if ifquery --state weave >/dev/null 2>&1; then
  weave create-bridge
  ip addr replace dev weave {{ node.bridge }}
else
  ifup weave
fi
