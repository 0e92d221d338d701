"""Same content: equality of JSON values."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.staging.same_content import content_key

NINES = "9" * 5_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1,"b":[2,{}]}', ' { "b" : [ 2 , { } ] ,\n"a" : 1 } '),
        ('{"a":{"x":1,"y":2}}', '{"a":{"y":2,"x":1}}'),
        ('{"a":"\\u00e9\\/\\ud83d\\ude00"}', '{"a":"é/😀"}'),
        ('{"\\u0061":1}', '{"a":1}'),
        ('{"a":38}', '{"a":38.0}'),
        ('{"a":38}', '{"a":3.8e1}'),
        ('{"a":380}', '{"a":3.80E+2}'),
        ('{"a":0}', '{"a":-0.0e5}'),
        ('{"a":1e400}', '{"a":10e399}'),
        (f'{{"a":{NINES}}}', f'{{"a":{NINES}.0}}'),
        ('{"a":"x\\ud83d"}', '\ufeff{"a":"x\\uD83D"}'),
        ("no json", "no json"),
    ],
)
def test_renderings_of_one_value_are_the_same_content(one: str, other: str) -> None:
    assert content_key(one) == content_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":true}'),
        ('{"a":0}', '{"a":false}'),
        ('{"a":1}', '{"a":"1"}'),
        ('{"a":"NaN"}', '{"a":NaN}'),
        ('{"a":null}', "{}"),
        ('{"a":[1,2]}', '{"a":[2,1]}'),
        ('{"a":[]}', '{"a":{}}'),
        ('{"a":" "}', '{"a":""}'),
        ('{"a":"é"}', '{"a":"e\u0301"}'),
        ('{"a":12345678901234567890123}', '{"a":12345678901234567890124}'),
        ('{"a":0.1}', '{"a":0.10000000000000000001}'),
        (f'{{"a":{NINES}}}', f'{{"a":{NINES[:-1]}8}}'),
        ('{"a":1e99999999999999999999}', '{"a":1e99999999999999999998}'),
        ('{"a":1,"a":2}', '{"a":2}'),
        ("no json", "no  json"),
        ("[" * 100_000, "[" * 100_001),
    ],
    ids=lambda text: text[:30],
)
def test_other_values_are_other_content(one: str, other: str) -> None:
    assert content_key(one) != content_key(other)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(values)
def test_any_value_is_the_same_however_it_is_written(value: Any) -> None:  # noqa: ANN401 -- JSON
    assert content_key(json.dumps(value, ensure_ascii=False, indent=3)) == content_key(
        json.dumps(value, sort_keys=True)
    )
