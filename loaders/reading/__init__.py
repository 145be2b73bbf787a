"""Extract: a file from outside becomes a `Source` - unpacked, decoded, its header found."""
