"""Parts of the page about follow-up that are about dispatch, one function per tab."""
