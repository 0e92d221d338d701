"""The pages: a flat script each, run by Streamlit."""
