"""Visitors' SQL, where it can do no harm.

- `query`: asks one query in a process of its own, and ends that process at the limits
- `process`: that process: copies the tables, locks itself in, and only then reads the query
- `kernel`: the kernel's part in the limits
- `job`: what the two processes tell each other, and how much a query may take

`process` must start in a fraction of a second, so only `query` imports polars.
"""
