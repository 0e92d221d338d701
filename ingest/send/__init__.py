"""Sending: signs and posts deliveries as Zuddl does.

- `address`: tells what is a web address
- `client`: posts bodies at a pace, and reports what was answered
- `command`: `ingest send`, and what it shares with `ingest simulate`: options, progress bar, report
"""
