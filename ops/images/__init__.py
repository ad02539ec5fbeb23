"""The images of a stack, checked at their registries before a node pulls them."""
