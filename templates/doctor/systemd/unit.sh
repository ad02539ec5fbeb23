echo "state: $(systemctl is-active {{ unit }})"
echo "at boot: $(systemctl is-enabled {{ unit }} 2>&1)"
echo "loaded before its file changed: $(systemctl show --property NeedDaemonReload --value {{ unit }})"
