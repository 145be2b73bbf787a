"""Which references are one person or one company, and which company a lead belongs to."""
