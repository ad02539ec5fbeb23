"""The stand-in for the Mesos agent."""
