"""The inbox: the durable queue between receiver and loader, an SQLite file. Only this package knows its tables.

- `queue_file`: `Queue`, the queue itself: append, read after a watermark, backlog, prune, copy, erase
- `sqlite_queue`: `Inbox`, the same with what a load asks of it
- `source`: what a load reads from, and what it tells afterwards
- `forward`: copies deliveries to the shared inbox of a lake
- `shared_inbox`: what the hosts of a lake have forwarded
- `set_aside`: unverified deliveries, kept within bounds so that a wrong secret loses nothing
- `notes`: what loads and backups note in it, for whoever watches it
- `repair`: finds damage, keeps the damaged file aside; puts back an inbox that was lost while it was open
- `carry_over`: copies what can still be read of one inbox into another
- `known`: which rows of another inbox this one has already
- `payload_file`: reads the payloads of a file, whatever form of JSON it is and however it is compressed
- `backfill`: accepts them, as if they were received now
- `file`: opens the file to write, to read, or to create it; who may read it, and whether it is still at its path
- `upgrade`: the tables, and the way of an older file to them
- `transaction`: statements that are committed together or not at all
"""
