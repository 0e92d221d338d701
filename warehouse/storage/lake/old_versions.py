"""Old versions of objects, which a bucket keeps if its owner says so. No erasure reaches them."""

from typing import NamedTuple

from warehouse.settings import LakeSettings
from warehouse.storage.lake import bucket

PAGE_SIZE = 1_000


class Versions(NamedTuple):
    """Versioning of a bucket, `Enabled`, `Suspended` or empty, and how many old versions the lake's objects have."""

    status: str
    old_count: int


def versions_of(lake: LakeSettings, page_size: int = PAGE_SIZE) -> Versions:
    """Whether the bucket keeps old versions, and how many there are. A folder has none.

    Raises:
        bucket.NotSeen: object storage does not tell.
    """
    place = bucket.place_of(lake)
    if place is None:
        return Versions("", 0)
    status = bucket.ask(lake, place, {"versioning": ""}).findtext("Status") or ""
    # Where versions were never kept there can be none, and the list would be that of all objects.
    return Versions(status, _count_old(lake, place, page_size) if status else 0)


def _count_old(lake: LakeSettings, place: bucket.Place, page_size: int) -> int:
    count, after = 0, dict[str, str]()
    while True:
        page = bucket.ask(lake, place, {"versions": "", "prefix": place.prefix, "max-keys": str(page_size), **after})
        count += sum(one.findtext("IsLatest") == "false" for one in page.iter("Version"))
        if page.findtext("IsTruncated") != "true":
            return count
        after = {
            "key-marker": page.findtext("NextKeyMarker") or "",
            "version-id-marker": page.findtext("NextVersionIdMarker") or "",
        }
