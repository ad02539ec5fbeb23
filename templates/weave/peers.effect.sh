weave status targets | LC_ALL=C sort
