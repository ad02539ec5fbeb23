"""Clears what an `up` that was killed left behind: its lock, and what is on AWS but not in the state."""
