"""Runs the CLI for ./pulumiw, and says what to do about each error of AWS in which it ended."""
