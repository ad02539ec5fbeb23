"""The stand-in for the Mesos master."""
