"""Scoring: chances by logistic regression, and whether they foretell better than a score."""
