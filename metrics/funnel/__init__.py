"""The funnel: how many leads reach each stage, at which rates, and month by month."""
