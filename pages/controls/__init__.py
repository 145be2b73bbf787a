"""What pages share: the scope sidebar, cached metrics, tiles, tables, downloads, problems."""
