"""Parts of the page Lead quality: the answer, and a module per group of questions."""
