"""Marts: from typed rows to figures.

- `refresh`: the steps, in their order
- `touched`: which sessions, attendees and events the new actions touch, in slices of bounded size
- `sessions`, `attendees`, `events`, `credited`: the steps, from what is stored to the rows that replace it
- `descriptions`: the descriptions that actions refer to, in the order of the actions
- `facts`: minutes spent, and the latest descriptions; pure functions
- `engagement`: figures per event, session, attendee, speaker and tag; pure functions
- `replace`: rows of a slice in the place of the stored ones
- `unloadable`: an action that makes polars fail is quarantined
- `speaker_names`: names from the user's speakers.csv
- `surrogate_keys`: integers instead of ids, for the dashboard
- `reference`: the same tables a second time, in SQL, for `warehouse check`
"""
