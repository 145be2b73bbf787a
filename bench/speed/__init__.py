"""How fast the product is: one module for each row of the table."""
