for command in {{ commands | join(" ") }} dockerd docker; do
  command -v "$command" >/dev/null || echo "$command is not installed"
done
