status {{ unit }} | cut -d, -f1
