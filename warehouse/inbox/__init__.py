"""The inbox: the durable queue between receiver and loader, an SQLite file. Only this package knows its tables.

- `sqlite_queue`: `Inbox`, the queue itself: append, read after a watermark, backlog, prune, copy, erase
- `set_aside`: unverified deliveries, kept within bounds so that a wrong secret loses nothing
- `repair`: finds damage, keeps the damaged file aside, carries over what can still be read
- `payload_file`: reads the payloads of a file, whatever form of JSON it is and however it is compressed
- `backfill`: accepts them, as if they were received now
- `file`: opens the file to write, to read, or to create it; its schema and version
- `transaction`: statements that are committed together or not at all
"""
