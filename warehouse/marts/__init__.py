"""Marts: from typed rows to figures.

- `refresh`: the steps, in their order
- `touched`: what the new actions touch, in slices of bounded size
- `sessions`, `attendees`, `events`: the steps, from what is stored to the rows that replace it
- `credit`, `credited`: figures of the speakers, tags and sponsors that share a session's minutes
- `companies`, `funnel`, `local_times`: what is told of an event as a whole
- `places`, `leads`: the step of each, and its pure function
- `descriptions`: the descriptions that actions refer to, in the order of the actions
- `facts`: minutes spent, and the latest descriptions; pure functions
- `engagement`: figures per event, session, attendee and part of a session; pure functions
- `audience`: who was invited, registered and came; pure functions
- `interactions`: what people asked and answered; pure functions
- `replace`: rows of a slice in the place of the stored ones
- `unloadable`: an action that makes polars fail is quarantined
- `names`: names from the user's speakers.csv and sponsors.csv
- `surrogate_keys`: integers instead of ids, for the dashboard
- `reference`: the same tables a second time, in SQL, for `warehouse check`
"""
