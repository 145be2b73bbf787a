"""Made-up companies that call good leads first, and what calling early truly adds."""
