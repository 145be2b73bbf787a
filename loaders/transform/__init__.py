"""Transform: a mapping and a `Source` become SQL for cells, values, faults and rows."""
