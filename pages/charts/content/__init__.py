"""Charts of content: rates by exposure, coverage, people by channel, and what assets add."""
