"""Numbers of things, as people read them."""


def counted(count: int, one: str, many: str) -> str:
    """The number, and the word that it takes."""
    return f"{count:,} {one if count == 1 else many}"


def deliveries(count: int) -> str:
    """So many deliveries, or one delivery."""
    return counted(count, "delivery", "deliveries")
