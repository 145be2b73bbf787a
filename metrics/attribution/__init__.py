"""Attribution: which touches earn the credit for what was won, and by which model."""
