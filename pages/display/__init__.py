"""What data and the outside say, as names and texts that are safe on a page. No streamlit."""
