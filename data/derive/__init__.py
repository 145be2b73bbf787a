"""Canonical tables become the derived ones that metrics read: journey, deal, spend and touch."""
