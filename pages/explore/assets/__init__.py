"""Parts of the page Content: the answer, the ranked assets, one asset, and a module per tab."""
