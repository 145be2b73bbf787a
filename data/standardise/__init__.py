"""One spelling for one thing, over distinct values: people, companies, places, titles. No SQL."""
