"""The recipe of the hosts' image, and its build."""
