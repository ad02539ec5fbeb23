"""Backups of what a cluster holds: Consul's data and Marathon's apps, encrypted, in a file or an S3 bucket."""
