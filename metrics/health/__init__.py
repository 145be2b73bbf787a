"""How far all that is loaded can be trusted: loads, values, links, people, restatements."""
