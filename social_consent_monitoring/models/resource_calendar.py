from bisect import bisect_right
from datetime import timedelta, timezone

from odoo import models

# As far as Odoo's own ``plan_hours`` looks at once, a few times over.
HORIZON = timedelta(days=60)


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _plan_social_hours(self, hours, moments):
        """Return ``{moment: when so many working hours are over, or None}``, in naive UTC.

        Odoo's ``plan_hours`` asks the calendar for each moment anew; here it is asked once for
        all, and no more than the rare moment that lies before a long holiday by itself.
        """
        if not hours:
            return dict.fromkeys(moments)
        if not self:
            return {moment: moment + timedelta(hours=hours) for moment in moments}
        aware = {moment: moment.replace(tzinfo=timezone.utc) for moment in moments}
        if not aware:
            return {}
        last = max(aware.values()) + HORIZON
        found = self._work_intervals_batch(min(aware.values()), last)[False]
        shifts = [(start, stop) for start, stop, _meta in found]
        return {
            moment: _naive(_walk(shifts, start, hours) or self.plan_hours(hours, start, True))
            for moment, start in aware.items()
        }


def _walk(shifts, start, hours):
    """Return when so many hours of these shifts are over; None if they do not suffice."""
    left = timedelta(hours=hours)
    for begin, end in shifts[max(bisect_right(shifts, (start, start)) - 1, 0) :]:
        begin = max(begin, start)
        if end > begin:
            if left <= end - begin:
                return begin + left
            left -= end - begin
    return None


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if moment else None
