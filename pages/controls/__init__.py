"""What pages are made of: the scope sidebar, cached metrics, tiles, tables, downloads, problems."""
