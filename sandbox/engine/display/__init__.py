"""What a run looks like: lines, a live table, diffs, a summary, JSON."""
