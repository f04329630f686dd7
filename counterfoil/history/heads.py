"""The heads of the number series on a day: the last document of each, and its digest. Kept elsewhere, with the day's
closing for instance, they show later that nothing was cut off: `counterfoil verify --head NUMBER=DIGEST`."""

from datetime import date

from django.db import connection

from counterfoil.history.queries import bounds
from counterfoil.store import moment

SQL = """
SELECT i.number, i.digest FROM billing_invoice i JOIN
(SELECT series_id, MAX(sequence) AS sequence FROM billing_invoice WHERE day = %s
 AND issued_at >= %s AND issued_at < %s GROUP BY series_id) e
ON e.series_id = i.series_id AND e.sequence = i.sequence ORDER BY i.number"""


def on(*, day: date) -> list[tuple[str, str]]:
    """(number, digest) of each series' last document of that day."""
    with connection.cursor() as cursor:
        first, end = bounds(day, day)  # a day has no index of its own, the time has
        cursor.execute(SQL, [day, moment(first), moment(end)])
        return [(str(number), str(digest)) for number, digest in cursor.fetchall()]
