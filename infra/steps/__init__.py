"""What a step, a file, a service and a container are, and how they become text."""
