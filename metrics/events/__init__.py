"""Events: how far people went from the list to a won deal, why no further, and what is next."""
