"""Forms: how dates, times and numbers are written, and which forms texts can have."""
