"""How each system of the made-up company exports what happens in its world."""
