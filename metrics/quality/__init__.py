"""Lead quality: levels, grades and needs, what is learned of leads, their score and value."""
