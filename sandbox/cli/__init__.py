"""The Pulumi CLI: where it comes from, and what it lacks to run the sandbox's stack."""
