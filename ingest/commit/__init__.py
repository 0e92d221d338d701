"""Committing: accepted deliveries into the inbox, many at a time, by a process of its own."""
