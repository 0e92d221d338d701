"""Receiving: HTTP, the webhook and its answers."""
