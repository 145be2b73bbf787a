"""Parts of the Data health page: one module per section."""
