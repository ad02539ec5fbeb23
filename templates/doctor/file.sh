[ ! -e {{ path | quote }} ] || { stat -c 'mode 0%a, owner %U:%G' {{ path | quote }} && cat {{ path | quote }}; }
