"""Review: Overview and Funnel, and their parts."""
