"""A kept plan against what came: attainment, where it lands, and why it is missed."""
