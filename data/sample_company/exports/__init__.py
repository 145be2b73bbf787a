"""How each system of the made-up company writes down what happens in its world."""
