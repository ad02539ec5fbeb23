"""What the stack's config may say: typed values, the rules of each value, the operating systems."""
