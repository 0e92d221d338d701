"""Rules of a bucket's life cycle that delete or archive the lake's objects: an owner may set them for all buckets."""

from xml.etree.ElementTree import Element

from warehouse.settings import LakeSettings
from warehouse.storage.lake import bucket

NO_RULES = "NoSuchLifecycleConfiguration"
# Objects of these classes can't be read before they are restored.
ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}


def rules_against(lake: LakeSettings) -> list[str]:
    """The names of all rules that take objects of the lake away. A folder has none.

    Raises:
        bucket.NotSeen: object storage does not tell.
    """
    place = bucket.place_of(lake)
    if place is None:
        return []
    try:
        rules = bucket.ask(lake, place, {"lifecycle": ""}).iter("Rule")
    except bucket.NotSeen as error:
        if error.code == NO_RULES:
            return []
        raise
    return [
        rule.findtext("ID") or "without a name"
        for rule in rules
        if rule.findtext("Status") == "Enabled" and _is_about(rule, place.prefix) and _takes_away(rule)
    ]


def _is_about(rule: Element, prefix: str) -> bool:
    """Whether names of the lake's objects begin as the rule says. They have no tags."""
    its = next((one.text or "" for one in rule.iter("Prefix")), "")
    return next(rule.iter("Tag"), None) is None and (prefix.startswith(its) or its.startswith(prefix))


def _takes_away(rule: Element) -> bool:
    is_deleted = rule.find("Expiration/Days") is not None or rule.find("Expiration/Date") is not None
    return is_deleted or any(one.text in ARCHIVES for one in rule.iterfind("Transition/StorageClass"))
