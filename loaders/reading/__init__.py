"""Extract: a file is unpacked, its encoding detected, its header found: a `Source`."""
