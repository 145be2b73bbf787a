"""From canonical tables to journey, deal, spend and touch."""
