"""Parts of the page Load: upload, preview, proposal, job, history."""
