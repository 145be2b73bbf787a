"""From an export to the warehouse: load, preview, watch. Command `python -m loaders`."""
