"""Charts of plans: what is needed, what came, where it lands, and why it is missed."""
