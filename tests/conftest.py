"""What all tests share."""

from hypothesis import settings

# How long an example takes says something of the machine, not of the code.
settings.register_profile("apollo", deadline=None, max_examples=50)
settings.load_profile("apollo")
