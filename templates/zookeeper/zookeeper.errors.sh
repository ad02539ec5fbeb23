nobody_to_follow() {
  fail "ZooKeeper has no data here, and none of" \
    "{{ lower | join(", ", attribute="name") }} holds elections on port {{ election_port }}: bring those up first"
}
