# Debian reads the folder only if this file sources it, and `source-directory` skips names with a dot.
grep -qE '^\s*source\s+/etc/network/interfaces\.d/\*(\.cfg)?\s*$' /etc/network/interfaces 2>/dev/null ||
  echo 'source /etc/network/interfaces.d/*.cfg' >>/etc/network/interfaces
# docker uses the bridge, so change it in place and never take it down.
if ifquery --state weave >/dev/null 2>&1; then
  weave create-bridge
  ip link set dev weave address {{ node.bridge_mac }}
  ip addr replace dev weave {{ node.bridge }}
  # The kernel makes it together with the address, and not again when somebody has removed it.
  ip route replace {{ node.bridge.network }} dev weave proto kernel scope link src {{ node.bridge.ip }}
else
  ifup weave
fi
