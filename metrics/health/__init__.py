"""The health of all that is loaded: loads, values, links, people, consent, restatements."""
