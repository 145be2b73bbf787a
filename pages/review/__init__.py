"""Section Review: the pages Overview and Funnel, and their parts."""
