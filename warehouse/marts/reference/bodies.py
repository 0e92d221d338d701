"""What the bodies say of each action, read a second time: names, ids, times, minutes, places and subjects.

It shares no code with `warehouse.staging`. Descriptions of sessions, people and leads are not read again here: all
other queries of this package take them from the tables of `staging`.

A difference counts only where there is one way to read a body. A body with a repeated key, with half a surrogate pair,
with a text that begins as an object or a list does, or with a number for an id or a name that can be written in several
ways, is passed over. So are times in unusual forms, and minutes that
are no plain decimal number.
"""

import json

from warehouse.blanks import BLANKS
from warehouse.schema import quoted

PLACES = {"booth": "BOOTH", "discussionRoom": "DISCUSSION_ROOM", "breakOutRoom": "BREAKOUT_ROOM", "stage": "STAGE"}
SUBJECTS = {name: name.upper() for name in ("question", "poll", "survey", "cta", "lead", "hub")}
# The field that names each object; a lead has none.
TITLES = dict.fromkeys([*PLACES, "cta", "hub"], "name") | {
    "question": "question",
    "poll": "question",
    "survey": "title",
}
WITH_ID = ["event", "session", "actor", "registration", *PLACES, *SUBJECTS]

SHAPE = {
    **dict.fromkeys(["action", "actionId", "actionCreatedAt", "timeSpentInMinutes"], "VARCHAR"),
    **{kind: {"id": "VARCHAR"} for kind in ["event", "session", "actor"]},
    "registration": {"id": "VARCHAR", "eventId": "VARCHAR"},
    **{kind: {"id": "VARCHAR", TITLES.get(kind, "id"): "VARCHAR"} for kind in [*PLACES, *SUBJECTS]},
}
TIME = r"20\d\d-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[-+]([01]\d|2[0-3]):[0-5]\d)"
# A number with a fraction, with an exponent or of many digits, where a text is expected.
ODD_NUMBER = (
    rf'"({"|".join(sorted({"id", "eventId", "action", "actionId", *TITLES.values()}))})"\s*:\s*-?\d+([.eE]|\d{{16}})'
)
NUMBER = r"-?\d{1,15}(\.\d{1,15})?"

MACROS = rf"""
CREATE OR REPLACE TEMP MACRO said_name(text) AS
    CASE WHEN ord(text) IN (ord('{{'), ord('[')) THEN NULL
         WHEN ord(text) BETWEEN 33 AND 126 OR trim(left(text, 1000), {quoted(BLANKS)}) <> '' THEN left(text, 1000) END;
CREATE OR REPLACE TEMP MACRO said_id(text) AS CASE WHEN length(text) <= 1000 THEN said_name(text) END;
CREATE OR REPLACE TEMP MACRO said_minutes(text) AS
    CASE WHEN TRY_CAST(text AS DOUBLE) BETWEEN 0 AND 527040 THEN TRY_CAST(text AS DOUBLE) END;
CREATE OR REPLACE TEMP MACRO is_other_time(stored, text) AS
    stored IS DISTINCT FROM TRY_CAST(text AS TIMESTAMPTZ) AND (text IS NULL OR regexp_full_match(text, '{TIME}'));
CREATE OR REPLACE TEMP MACRO are_other_minutes(stored, text) AS
    stored IS DISTINCT FROM said_minutes(text) AND (text IS NULL OR regexp_full_match(text, '{NUMBER}'));
-- Outside of TRY, DuckDB may compute what is used twice for all rows, and fail where no JSON stands.
CREATE OR REPLACE TEMP MACRO is_plain(body) AS
    list_transform([TRY(json_keys(body))], lambda keys: list_unique(keys) = len(keys))[1]
    AND NOT regexp_matches(body, '"([\[{{]|\\u00[57][bB])') AND NOT regexp_matches(body, '{ODD_NUMBER}');
"""


def _other_than_first(kinds: dict[str, str], prefix: str) -> str:
    """An SQL condition: a place or a subject is another one than the first of these objects that has an id."""
    names = {kind: f"said_name(body_says.{kind}.{TITLES[kind]})" for kind in kinds if kind in TITLES}
    return f"""
               other.{prefix}_type IS DISTINCT FROM CASE
                   {" ".join(f"WHEN {kind}_id IS NOT NULL THEN {quoted(name)}" for kind, name in kinds.items())} END
               OR other.{prefix}_id IS DISTINCT FROM coalesce({", ".join(f"{kind}_id" for kind in kinds)})
               OR other.{prefix}_name IS DISTINCT FROM CASE
                   {" ".join(f"WHEN {kind}_id IS NOT NULL THEN {names.get(kind, 'NULL')}" for kind in kinds)} END"""


# One row: how many deliveries differ from what their bodies say, and how many there are. The actor of what is done to
# an event or a lead is staff, and is nobody's registration.
BODIES = f"""
WITH bodies AS (
    SELECT delivery_id, action_id, action, body, TRY(json_transform(body, {quoted(json.dumps(SHAPE))})) AS body_says
    FROM raw.deliveries
), ids AS (
    SELECT *, {", ".join(f"said_id(body_says.{kind}.id) AS {kind}_id" for kind in WITH_ID)}
    FROM bodies
), compared AS (
    SELECT body,
           ids.action_id IS DISTINCT FROM coalesce(said_id(body_says."actionId"), sha256(body))
           OR ids.action IS DISTINCT FROM said_id(body_says.action)
           OR read.event_id IS DISTINCT FROM coalesce(
               ids.event_id, said_id(body_says.registration."eventId"), '(unknown)')
           OR read.session_id IS DISTINCT FROM ids.session_id
           OR read.registration_id IS DISTINCT FROM coalesce(ids.registration_id, CASE
               WHEN NOT ids.action ^@ 'EVENT_' AND NOT ids.action ^@ 'LEAD_'
                AND ids.action <> 'ON_DEMAND_SETTING_UPDATED' THEN ids.actor_id END)
           OR is_other_time(read.action_created_at, body_says."actionCreatedAt")
           OR are_other_minutes(read.minutes_spent, body_says."timeSpentInMinutes")
           OR other.delivery_id IS NOT NULL AND (
               other.actor_id IS DISTINCT FROM ids.actor_id
               OR {_other_than_first(PLACES, "place")}
               OR {_other_than_first(SUBJECTS, "subject")}
           ) AS differs
    FROM ids JOIN staging.actions AS read USING (delivery_id) LEFT JOIN main.actions AS other USING (delivery_id)
)
SELECT count(*) FILTER (CASE WHEN differs THEN is_plain(body) ELSE false END), count(*) FROM compared
"""
