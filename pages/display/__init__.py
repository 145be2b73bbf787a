"""Numbers and text from data as people read them. No streamlit."""
