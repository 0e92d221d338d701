"""The pages: a flat script each, run by Streamlit from top to bottom.

- `overview`: the figures of all events together
- `sessions`, `speakers`, `tags`, `attendees`: rankings, and one of each
- `compare`: events side by side
- `health`: what was received, and what became of it
- `sql`: a visitor's own queries
"""
