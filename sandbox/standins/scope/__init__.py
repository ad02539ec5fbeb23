"""The stand-in for Weave Scope."""
