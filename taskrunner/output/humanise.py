"""Durations and sizes as a person reads them."""

__all__ = ["duration", "size"]


def duration(seconds: float) -> str:
    """Return a duration such as `0s`, `1.2s`, `45s`, `2m 5s` or `1h 2m 5s`."""
    tenths = round(seconds * 10)
    if tenths == 0:
        return "0s"
    if tenths < 300:
        return f"{tenths // 10}.{tenths % 10}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m {rest}s"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def size(number: int) -> str:
    """Return a number of bytes in decimal units, such as `512 B` or `1.5 MB`."""
    if number < 1000:
        return f"{number} B"
    amount = float(number)
    for unit in ("KB", "MB", "GB"):
        amount /= 1000
        # 999.95 would be shown as 1000.0 of this unit.
        if amount < 999.95:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:.1f} TB"
