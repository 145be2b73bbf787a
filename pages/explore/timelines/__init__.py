"""Parts of the page Journeys: one subject, a group, and the accounts."""
