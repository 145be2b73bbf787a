"""What the numbers mean: a metric is a function from the warehouse. Command `python -m metrics`.

`catalogue` finds every metric; `scope`, `period`, `subjects` and `rates` are what families share.
"""
