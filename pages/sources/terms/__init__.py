"""Parts of the page Definitions: terms in force, metrics, history, and the change of terms."""
