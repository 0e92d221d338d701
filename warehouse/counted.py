"""Numbers of things, as people read them."""


def deliveries(count: int) -> str:
    """So many deliveries, or one delivery."""
    return f"{count:,} {'delivery' if count == 1 else 'deliveries'}"
