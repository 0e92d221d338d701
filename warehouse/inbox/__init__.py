"""The inbox: the durable queue between receiver and loader, an SQLite file. Only this package knows its tables.

- `sqlite_queue`: `Inbox`, the queue itself: append, read after a watermark, backlog, prune, copy, erase
- `set_aside`: unverified deliveries, kept within bounds so that a wrong secret loses nothing
- `repair`: finds damage, keeps the damaged file aside, carries over what can still be read
- `backfill`: accepts payloads from a file, as if they were received now
- `file`: opens the file to write, to read, or to create it; its schema and version
- `transaction`: statements that are committed together or not at all
"""
