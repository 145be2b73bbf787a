"""Text from data and from the outside, made safe to show on a page. No streamlit."""
