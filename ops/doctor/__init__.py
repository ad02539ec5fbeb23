"""`make doctor` and `make repair`: where nodes and cloud differ from what the program would make of them."""
