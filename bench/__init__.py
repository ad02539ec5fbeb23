"""`make bench`: measures this machine's sandbox and writes docs/performance.md. Also the project copy for tests."""
