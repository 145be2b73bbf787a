"""Terms of the business by subject, which `data.definitions` reads from one file."""
