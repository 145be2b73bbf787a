"""What several pages share about segments: the question, two dimensions crossed, records."""
