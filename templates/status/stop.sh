docker rm --force {{ probe }} >/dev/null 2>&1 || true
