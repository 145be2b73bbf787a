"""Which of two files is newer: when what a file says was true, and where nothing tells."""
