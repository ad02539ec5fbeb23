"""`make rotate`: a secret of a stack is replaced on a running cluster."""
