not_updated() { fail "apt-get could not update its lists of packages: see above, then run up again"; }
not_installed() { fail "apt-get could not install $*: see above, then run up again"; }
settings_not_changed() { fail "$settings is not JSON that docker can read, for jq's reason above: correct it on the node"; }
upgrades_not_held() { fail "apt-mark could not hold ${held[*]}: $wrong"; }
