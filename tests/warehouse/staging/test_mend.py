"""Mending: half a surrogate pair becomes U+FFFD, a byte order mark is dropped, and nothing else changes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.staging.mend import mended


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'"x\ud83d"', rb'"x\ufffd"'),
        (rb'"\uDE00x"', rb'"\ufffdx"'),
        (rb'"\ud83d\ud83d\ude00\ude00"', rb'"\ufffd\ud83d\ude00\ufffd"'),
        (rb'"\ude00\ud83d"', rb'"\ufffd\ufffd"'),
        (rb'"\ud83d\n"', rb'"\ufffd\n"'),
        (rb'"\\ud83d"', rb'"\\ud83d"'),
        (rb'"\\\ud83d"', rb'"\\\ufffd"'),
        (rb'"\ud83d\\ude00"', rb'"\ufffd\\ude00"'),
        (rb'{"\ud83d": 1}', rb'{"\ufffd": 1}'),
        (b'\xef\xbb\xbf{"a": "\xef\xbb\xbf"}', b'{"a": "\xef\xbb\xbf"}'),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", b"\xef\xbb\xbf{}"),
    ],
)
def test_halves_of_pairs_and_a_byte_order_mark_are_mended(body: bytes, expected: bytes) -> None:
    assert mended(body) == expected
    assert mended(body.decode()) == expected


@given(st.text(st.characters() | st.characters(categories=["Cs"]) | st.sampled_from('\\"\n😀')))
def test_any_text_is_what_python_reads_with_its_halves_replaced(text: str) -> None:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert json.loads(mended(json.dumps(text))) == whole
