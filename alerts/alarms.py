"""When silence, or noise, is worth a notice: pure rules over counts of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from wirewatch.policy import AlarmRules
from wirewatch.wording import counted

BASELINE_DAYS = 28
LEAST_BASELINE_DAYS = 7
"""A term that is younger has no usual day."""
LEAST_HIT_DAYS = 5
"""A term that hit on fewer days has no usual pause."""
PAUSES = 4
"""A term is silent when it has paused for so many times its usual pause."""


def spike(days: Mapping[date, int], today: date, first: date, rules: AlarmRules) -> str | None:
    """What to say where today's articles are many more than on the days before; `first` is when the term began.

    The usual day is the median of the last BASELINE_DAYS; what is unusual is measured by the median deviation from it.
    """
    known = min(BASELINE_DAYS, (today - first).days)
    number = days.get(today, 0)
    if not rules.spike or known < LEAST_BASELINE_DAYS or number < rules.spike_least:
        return None
    before = [days.get(today - timedelta(days=back), 0) for back in range(1, known + 1)]
    usual = median(before)
    deviation = max(1.0, median(abs(each - usual) for each in before))
    if number <= usual + rules.spike * deviation:
        return None
    return f"{counted(number, 'article')} today; usually {usual:g} a day (median of {known} days)"


def silence(days: Sequence[date], today: date, rules: AlarmRules) -> str | None:
    """What to say where a term that used to hit has not for long; `days` are those on which it did."""
    hit_days = sorted(days)
    if not rules.term_silence or len(hit_days) < LEAST_HIT_DAYS:
        return None
    pauses = [(later - earlier).days for earlier, later in pairwise(hit_days)]
    usual = median(pauses)
    quiet = (today - hit_days[-1]).days
    if timedelta(days=quiet) < max(rules.term_silence, timedelta(days=PAUSES * usual)):
        return None
    return f"no hit since {hit_days[-1]:%d %b %Y}, for {quiet} days; it used to hit every {usual:g} days or so"
