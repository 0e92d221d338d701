"""Is this machine ready for the day? Each check is a function that looks at one thing and returns a `Finding`.

- `configuration`: secret, `.env`, who may see the dashboard
- `machine`: file system, fsync, room, memory
- `data`: owners and modes, versions, damaged files, the inbox's log, backups
- `deliveries`: watermark, backlog, last load, quarantine, set aside
- `lake`: PostgreSQL, the bucket, what waits in between, who loads
- `receiver`: the receiver on this machine
- `public`: the public address as Zuddl sees it: TLS, clock, path, largest body
- `ask`: one HTTP request
- `listening`: who listens at a port, and who has a file open
- `command`: `ingest doctor`
"""
