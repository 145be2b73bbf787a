"""Parts of the page Data health: one module per tab."""
