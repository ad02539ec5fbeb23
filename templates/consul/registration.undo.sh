# Consul reads its folder again and removes the services whose files are gone.
docker kill --signal HUP consul >/dev/null 2>&1 || true
