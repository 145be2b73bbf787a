"""Loading exports: recognise, read, rename, standardise, check, quarantine, merge."""
