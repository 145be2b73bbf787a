"""Load: one file goes into the draft, whole or not at all; refused rows into quarantine."""
