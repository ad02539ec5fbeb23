not_installed() { fail "apt-get could not install ${missing[*]}: see above, then run up again"; }
