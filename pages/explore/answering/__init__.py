"""Parts of the page Velocity and follow-up."""
