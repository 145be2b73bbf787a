"""Performance against limits and peers. Not part of the tests: nothing here passes or fails."""
