"""What the product survives: commands killed amid their work, and monstrous files."""
