"""Parts of the page Pipeline: the days asked about, the answer, and a module per question."""
