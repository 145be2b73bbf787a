"""A proposed mapping is put right by the person who loads a file."""
