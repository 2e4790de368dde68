"""Dates and durations, for people to read; order never comes from the time of day."""

from datetime import UTC, datetime

from mnist_core.common.language import Text, _


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def local(moment: str) -> str:
    """What `now` gave, in this machine's time zone, to the minute; "–" if it is empty."""
    if not moment:
        return "–"
    # Translators: a date and a time, with the codes of Python's strftime.
    return datetime.fromisoformat(moment).astimezone().strftime(_("%Y-%m-%d %H:%M"))


def duration(seconds: float) -> Text:
    """3 s, 2 min 5 s, 1 h 2 min."""
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s", seconds=whole)
    if whole < 3600:
        return _("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return _("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)


def roughly(seconds: float) -> Text:
    """An estimate: about 20 s, about 4 min, about 1.5 h."""
    if seconds < 90:
        tens = round(seconds, -1) if seconds > 20 else max(1, round(seconds))
        return _("about {seconds:.0f} s", seconds=tens)
    if seconds < 90 * 60:
        return _("about {minutes:.0f} min", minutes=seconds / 60)
    return _("about {hours:.1f} h", hours=seconds / 3600)
