"""What happens in the made-up company: people, campaigns, leads, deals and touches."""
