"""What the warehouse is: contracts, generations, derived tables, engines and the sample."""
