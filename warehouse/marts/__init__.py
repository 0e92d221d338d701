"""Marts: from typed rows to figures.

- `refresh`: which events changed; their rows are replaced
- `derive`: all tables of these events, from their actions
- `facts`: minutes spent, and the latest descriptions
- `engagement`: figures per event, session, attendee, speaker and tag
- `speaker_names`: names from the user's speakers.csv
- `surrogate_keys`: integers instead of ids, for the dashboard
- `reference`: the same tables a second time, in SQL, for `warehouse check`
"""
