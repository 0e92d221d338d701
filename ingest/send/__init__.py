"""Sending: signing and posting deliveries as Zuddl does."""
