"""Parts of pages that several pages share, or that would make a page too long.

- `session`, `attendee`: the page of one session, of one attendee
- `credited`, `audience`: a page about speakers or tags; the attendees of some sessions, in groups
- `totals`, `summary`: the figures and the sentences at the top of the overview
- `report`: the overview as one HTML file
"""
