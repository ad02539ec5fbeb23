cd /usr/local/bin && sha256sum --check --quiet /var/lib/apollo/weave-binaries.sha256
