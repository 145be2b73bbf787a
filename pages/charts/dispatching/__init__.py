"""Charts of dispatch: what each seller makes of each segment."""
