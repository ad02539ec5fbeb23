"""The daemon that stands in for AWS: moto's EC2 API, and real hosts that follow its state."""
