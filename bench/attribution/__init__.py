"""Attribution, tests and budgets held against what was planted: `python -m bench.attribution`."""
