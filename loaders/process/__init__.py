"""Every file is read in a child process: the child, the server that forks it, their parent."""
