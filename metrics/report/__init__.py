"""The head's regular report: one page of figures, plan, landing, credit and findings, sent out."""
