"""The command line of metrics: options that make a scope, and results in print."""
