"""Load: one file goes into the draft, whole or not at all; refused rows go into quarantine."""
