config_refused() {
  fail "dnsmasq does not accept {{ config }}: see \`dnsmasq --test --conf-file={{ config }}\` on the node"
}
