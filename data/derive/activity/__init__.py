"""What people did and what was done to them becomes tables: contacts, uses of content, paths."""
