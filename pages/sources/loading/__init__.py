"""Parts of the Load page: upload, preview, proposal, job, history."""
