"""The stack's config: typed values, the rules and bounds of each, the operating systems."""
