[ ! -e {{ path | quote }} ] || stat -c 'a %F, mode 0%a, owner %U:%G' {{ path | quote }}
