"""Made-up readers whose assets' effect is known."""
