"""What a shop sells."""


def price(pieces: int, each: int) -> int:
    """Return the price of several pieces; every tenth is free."""
    return (pieces - pieces // 10) * each
