"""Numbers and text from data as people read them, made safe to show. No streamlit."""
