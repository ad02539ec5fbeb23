ip -4 -o addr show dev weave | grep -qF ' {{ node.bridge }} ' ||
  fail "the bridge weave does not have its address {{ node.bridge }}: see \`ip addr show weave\` on the node"
