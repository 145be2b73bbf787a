"""One spelling for one thing: names of people and companies, places, job titles. No SQL."""
