"""What `make status` is made of."""
