"""The rules of reading: what a text in a payload means, as SQL macros.

Each macro takes the text of a JSON string, number or boolean, and gives null where it cannot be read as what it stands
for. `text_of` and `is_absent` take the JSON itself.
"""

from importlib.resources import files

from warehouse.blanks import BLANKS
from warehouse.limits import MAX_CHARACTERS
from warehouse.schema import quoted

# Tags, speakers and sponsors of a session, and custom fields of a registration, each.
MAX_PARTS = 200
# The minutes of a leap year.
MAX_MINUTES = 527_040

# The usual instant, in the years that are read: DuckDB reads it as it is.
USUAL_TIME = r"(19|2[01])\d\d-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,6})?Z"
# ISO 8601: a calendar date, with or without a time of day. Brackets at the end hold the name of a time zone.
ISO_TIME = (
    r"^(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[Tt ]([01]\d|2[0-4]):?([0-5]\d)(?::?([0-5]\d|60)(?:[.,](\d+))?)?"
    r" ?(?:[Zz]|([-+\x{2212}])([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d))?)?)?)?"
    r"(?:\[[^\[\]]*\])*$"
)
ISO_PARTS = [
    *("year", "month", "day", "hour", "minute", "second", "fraction"),
    *("sign", "offset_hour", "offset_minute", "offset_second"),
]
# Seconds or milliseconds since 1970. A number may have a fraction: 1758186000.0 is the same JSON value as 1758186000.
# The first 16 digits of either are microseconds.
EPOCH = r"(\d{10}|\d{13})(\.\d+)?"

# The IANA database: the package of it says the same on every machine.
TIME_ZONES = files("tzdata").joinpath("zones").read_text("utf-8").split()

# Most texts start with a visible character, so that no trim() is needed to see that they are not blank. A list of one
# element gives what is used several times a name: DuckDB would compute it again for each use.
MACROS = rf"""
CREATE OR REPLACE TEMP MACRO trimmed(text) AS trim(text, {quoted(BLANKS)});
CREATE OR REPLACE TEMP MACRO text_of(json) AS
    CASE WHEN ord(json) NOT IN (ord('{{'), ord('[')) THEN json ->> '$' END;
CREATE OR REPLACE TEMP MACRO is_absent(json) AS
    json IS NULL OR json = 'null' OR (ord(json) = ord('"') AND trimmed(json ->> '$') = '');

CREATE OR REPLACE TEMP MACRO unless_blank(text) AS
    CASE WHEN ord(text) BETWEEN 33 AND 126 THEN text WHEN trimmed(text) <> '' THEN text END;
CREATE OR REPLACE TEMP MACRO text_or_null(text) AS unless_blank(left(text, {MAX_CHARACTERS}));
CREATE OR REPLACE TEMP MACRO id_or_null(text) AS
    CASE WHEN strlen(text) <= {MAX_CHARACTERS} OR length(text) <= {MAX_CHARACTERS} THEN unless_blank(text) END;

CREATE OR REPLACE TEMP MACRO parts(json) AS json_transform(json, '["JSON"]')[:{MAX_PARTS}];
CREATE OR REPLACE TEMP MACRO tags_of(json) AS list_filter(
    list_transform(parts(json), lambda part: trimmed(left(trimmed(text_of(part)), {MAX_CHARACTERS}))),
    lambda tag: tag <> '');
CREATE OR REPLACE TEMP MACRO people(json, id) AS list_transform(parts(json), lambda part: {{
    'id': id_or_null(text_of(part -> id)), 'url': unless_blank(text_of(part -> 'url'))}});
CREATE OR REPLACE TEMP MACRO are_suspects(json, people) AS
    (people IS NULL AND NOT is_absent(json)) OR len(people) >= {MAX_PARTS}
    OR len(list_filter(people, lambda p: p.id IS NULL OR p.url IS NULL)) > 0;

-- As VARCHAR, a list or an object is its JSON.
CREATE OR REPLACE TEMP MACRO custom_fields_of(json) AS list_filter(
    list_transform(json_transform(json, '[{{"fieldSlug":"VARCHAR","value":"VARCHAR"}}]')[:{MAX_PARTS}], lambda part: {{
        'field': text_or_null(part.fieldSlug), 'value': text_or_null(part.value)}}),
    lambda f: f.field IS NOT NULL AND f.value IS NOT NULL);

SET VARIABLE time_zones = [{", ".join(map(quoted, TIME_ZONES))}];
CREATE OR REPLACE TEMP MACRO zone_or_null(text) AS
    CASE WHEN list_contains(getvariable('time_zones'), text) THEN text END;

CREATE OR REPLACE TEMP MACRO number_or_null(text) AS
    CASE WHEN isfinite(TRY_CAST(text AS DOUBLE)) AND NOT contains(text, '_') THEN TRY_CAST(text AS DOUBLE)
    END + 0.0;  -- -0.0 becomes 0.0
CREATE OR REPLACE TEMP MACRO minutes_or_null(text) AS
    CASE WHEN contains(text, '_') THEN NULL
         WHEN TRY_CAST(text AS DOUBLE) BETWEEN 0 AND {MAX_MINUTES} THEN TRY_CAST(text AS DOUBLE)
         WHEN TRY_CAST(trimmed(text) AS DOUBLE) BETWEEN 0 AND {MAX_MINUTES} THEN TRY_CAST(trimmed(text) AS DOUBLE)
    END + 0.0;

CREATE OR REPLACE TEMP MACRO two(digits) AS lpad(digits, 2, '0');
CREATE OR REPLACE TEMP MACRO time_of_parts(p) AS TRY_CAST(
    concat(p.year, '-', p.month, '-', p.day, ' ', two(p.hour), ':', two(p.minute), ':00',
           if(p.sign IN ('', '+'), '+', '-'), two(p.offset_hour), ':', two(p.offset_minute), ':', two(p.offset_second))
    AS TIMESTAMPTZ
) + to_microseconds(rpad(two(p.second) || p.fraction, 8, '0')::BIGINT);
CREATE OR REPLACE TEMP MACRO iso_time(text) AS
    list_transform([regexp_extract(text, '{ISO_TIME}', {ISO_PARTS})], lambda p: time_of_parts(p))[1];
CREATE OR REPLACE TEMP MACRO epoch_time(text) AS make_timestamptz(rpad(replace(text, '.', ''), 16, '0')::BIGINT);
CREATE OR REPLACE TEMP MACRO unusual_time(text) AS
    CASE WHEN regexp_full_match(text, '{EPOCH}') THEN epoch_time(text) ELSE iso_time(text) END;
CREATE OR REPLACE TEMP MACRO time_or_null(text) AS
    CASE WHEN regexp_full_match(text, '{USUAL_TIME}') THEN TRY_CAST(text AS TIMESTAMPTZ)
         ELSE list_filter([unusual_time(trimmed(text))], lambda t:
             t >= TIMESTAMPTZ '1900-01-01 00:00:00+00' AND t < TIMESTAMPTZ '2200-01-01 00:00:00+00')[1] END;
"""
