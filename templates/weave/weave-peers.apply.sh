weave connect --replace {{ peers | join(" ", attribute="private_address") }}
