"""Committing: accepted deliveries go into the inbox, many in one transaction, through a process of its own.

- `group_commit`: what the receiver calls; gathers deliveries while the transaction before is written
- `unverified`: unverified deliveries that wait to be set aside, in two shares
- `jobs`: what the writer can be told to do, and what it answers
- `writer_process`: the writer as the event loop sees it; starts it, and starts it again when it dies
- `inbox_writer`: the writer itself, which repairs a damaged inbox when it meets one
- `inbox_watch`: finds damage that no delivery meets
"""
