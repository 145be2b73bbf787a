"""Parts of the page Reach: the audience, the answer, and a module per group of questions."""
