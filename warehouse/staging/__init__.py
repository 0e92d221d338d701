"""Staging: from the bytes of a batch of deliveries to typed, deduplicated, stored rows."""
