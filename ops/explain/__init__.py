"""Runs the CLI for ./pulumiw, and says what to do about errors of AWS and nodes that do not answer."""
