"""The rehearsal before the day: signed deliveries of an event of its own, through the public address, and away again.

- `event`: the event that is played, its deliveries, and the figures that they must become
- `steps`: what is sent, and what must be answered and seen
- `erasing`: erases the event and proves that it is gone, or says the command that does
- `command`: `ingest rehearse`
"""
