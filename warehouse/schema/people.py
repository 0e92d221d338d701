"""People: a view of the registrations, over all events."""

from warehouse.blanks import BLANKS
from warehouse.schema.engagement import TOTAL_MINUTES
from warehouse.schema.shared_columns import shared
from warehouse.schema.table import COUNT, TEXT, Column, Table, quoted

# Without any time, events follow the order of their first delivery.
QUERY = f"""
WITH ordered_events AS (
    SELECT event_id,
           row_number() OVER (
               ORDER BY coalesce(events.starts_at, first_session.starts_at) NULLS FIRST, first_delivery.delivery_id
           ) AS event_number
    FROM main.events
    LEFT JOIN (SELECT event_id, min(starts_at) AS starts_at FROM main.sessions GROUP BY event_id) AS first_session
        USING (event_id)
    LEFT JOIN (SELECT event_id, min(delivery_id) AS delivery_id FROM staging.actions GROUP BY event_id)
        AS first_delivery USING (event_id)
),
seen AS (
    SELECT {{'event': event_number, 'registration': registration_id}} AS seen_at,
           coalesce(registrations.actor_id, lower(trim(registrations.email, {quoted(BLANKS)})),
                    registrations.registration_id) AS person_id,
           registrations.event_id, registrations.first_name, registrations.last_name,
           registrations.company, coalesce(session_count, 0) AS session_count,
           coalesce(total_minutes, 0) AS total_minutes
    FROM main.registrations
    JOIN ordered_events USING (event_id)
    LEFT JOIN main.attendee_engagement USING (event_id, registration_id)
)
SELECT person_id,
       arg_max(first_name, seen_at) AS first_name,
       arg_max(last_name, seen_at) AS last_name,
       arg_max(company, seen_at) AS company,
       count(DISTINCT event_id) AS event_count,
       arg_min(event_id, seen_at) AS first_event_id,
       arg_max(event_id, seen_at) AS latest_event_id,
       sum(session_count)::BIGINT AS session_count,
       sum(total_minutes) AS total_minutes
FROM seen GROUP BY person_id
"""
ORDER = "Events are ordered by their start, else by their first session's, else by their first delivery."

PEOPLE = Table(
    "main.people",
    f"One row per person over all events, a view of registrations. {ORDER}",
    (
        Column("person_id", TEXT, "The actor's id, else the mail address in lower case, else the registration's id."),
        *shared("first_name last_name company"),
        Column("event_count", COUNT, "Events in which an action names the person."),
        Column("first_event_id", TEXT, "The first of these events."),
        Column("latest_event_id", TEXT, "The latest of these events; names and company come from there."),
        Column("session_count", COUNT, "Sessions attended, added up over the registrations of the person."),
        TOTAL_MINUTES,
    ),
    view=QUERY,
)
