"""`make bench`: how fast it is, measured on this machine beside whatever runs there, into docs/performance.md."""
