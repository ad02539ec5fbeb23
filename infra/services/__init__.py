"""One module for each service, and the registry that lists them."""
