"""The pages: a flat script each, run by Streamlit from top to bottom.

- `overview`, `agenda`, `sessions`, `speakers`, `tags`: the event, and one session, speaker or tag of it
- `funnel`, `companies`, `attendees`: who came, and one company or attendee
- `sponsors`, `places`: partners, and what their booths and leads brought
- `compare`: the event beside others
- `health`: what was received, and what became of it
- `sql`: a visitor's own queries
"""
