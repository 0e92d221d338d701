"""A payload with its structure, and with every value masked that might identify somebody."""

import json

# Everything else is masked, so that a field which the sender adds later is masked too.
KEPT = frozenset(
    {
        "action",
        "actionCreatedAt",
        "actionId",
        "endDate",
        "endDateTime",
        "id",
        "locationId",
        "locationName",
        "organizationId",
        "speakerId",
        "sponsorId",
        "startDate",
        "startDateTime",
        "tags",
        "timeSpentInMinutes",
        "timezone",
        "title",
        "type",
    }
)
MASK = "•••"


def redacted(body: str) -> str:
    """The payload, masked and indented. Of text that is not JSON only the length."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return f"(not JSON: {len(body):,} characters, not shown)"
    return json.dumps(_masked(payload, is_kept=False), indent=2, ensure_ascii=False)


def _masked(value: object, *, is_kept: bool) -> object:
    if isinstance(value, dict):
        return {
            # A key that is no name, such as a mail address, is masked too.
            key if key.isidentifier() else MASK: _masked(item, is_kept=key in KEPT and not isinstance(item, dict))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, is_kept=is_kept) for item in value]
    if value is None or isinstance(value, bool) or (is_kept and "@" not in str(value)):
        return value
    return MASK
