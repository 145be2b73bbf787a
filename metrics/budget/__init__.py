"""Budget: what more spend would bring, as far as the past or an experiment tells, and where to."""
