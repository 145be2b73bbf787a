"""Alerts: rules over metrics, what each finds, and who is told when one comes to hold."""
