"""Clears what an `up` that was killed left behind: its lock, and instances that the state does not contain."""
