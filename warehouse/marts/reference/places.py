"""Places and leads, derived a second time: places from `main.actions`, leads from `staging.leads`.

Visitors are the registrations that joined a place or spent time there. Several minutes of one visitor in one place are
the latest, or add up, as the repeat policy says.
"""

from warehouse.marts.reference.table import Reference

FIELDS = [
    *("first_name", "last_name", "email", "company", "designation"),
    *("rating", "lead_status", "added_by_name", "created_at"),
]

PLACES = {
    "place_engagement": Reference(
        ["event_id", "place_type", "place_id"],
        """
        WITH ordered AS (
            FROM main.actions JOIN reference_order USING (delivery_id) WHERE place_id IS NOT NULL
        ),
        visitors AS (
            SELECT event_id, place_type, place_id, registration_id,
                   CASE getvariable('repeat_policy') WHEN 'sum' THEN sum(minutes) ELSE arg_max(minutes, n) END
                       AS minutes
            FROM (SELECT *, CASE WHEN action LIKE 'TIME^_SPENT^_IN^_%' ESCAPE '^' THEN minutes_spent END AS minutes
                  FROM ordered)
            WHERE registration_id IS NOT NULL
                AND (action LIKE 'JOINED^_%' ESCAPE '^' OR action LIKE 'TIME^_SPENT^_IN^_%' ESCAPE '^')
            GROUP BY ALL
        )
        SELECT event_id, place_type, place_id, place_name, count(*) AS visitor_count,
               count(minutes) AS attendee_count, coalesce(sum(minutes), 0) AS total_minutes,
               avg(minutes) AS mean_minutes
        FROM visitors JOIN (
            SELECT event_id, place_type, place_id, arg_max(place_name, n) AS place_name FROM ordered GROUP BY ALL
        ) USING (event_id, place_type, place_id)
        GROUP BY ALL""",
    ),
    "leads": Reference(
        ["event_id", "lead_id"],
        f"""
        SELECT event_id, lead_id, {", ".join(f"arg_max({name}, n) AS {name}" for name in FIELDS)}
        FROM staging.leads JOIN reference_order USING (delivery_id)
        GROUP BY event_id, lead_id""",
    ),
}
