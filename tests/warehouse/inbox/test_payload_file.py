"""The payloads of a file: exact bytes, whatever form of JSON it is and however it is compressed; or a clear refusal."""

import gzip
import json
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.inbox.payload_file import NotPayloads, is_compressed, read_payloads

PRETTY = b'{\n  "a": "}\\"{",\n  "b": [{}, [1]]\n}'
LONG = json.dumps({"text": "x" * 300_000, "quoted": '"{[\\'}).encode()


def zstd(content: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[bytes]]:
    """The payloads of a file with this content."""

    def payloads(content: bytes, **options: bool | int) -> list[bytes]:
        path = tmp_path / "payloads"
        path.write_bytes(content)
        return list(read_payloads(path, **options))  # type: ignore[arg-type]  # options of both types

    return payloads


Read = Callable[..., list[bytes]]


@pytest.mark.parametrize(
    ("content", "payloads"),
    [
        (b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}\r\n{"b":2}', [b'{"a":1}', b'{"b":2}']),
        (b'\n{"a":1}\n\n \t\r\n', [b'{"a":1}']),
        (b' {"a": 1} \n', [b' {"a": 1} ']),
        ('{"a":"\u2028\u0085"}\n'.encode(), ['{"a":"\u2028\u0085"}'.encode()]),
        (b'{"a":1}\r\r\n', [b'{"a":1}\r']),
        (b'\xef\xbb\xbf{"a":1}\n{"b":2}', [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}\nno json\n[1]\n\xff\xfe\n', [b'{"a":1}', b"no json", b"[1]", b"\xff\xfe"]),
        (b"", []),
        (b"\n \n", []),
    ],
    ids=[
        "lf",
        "crlf",
        "blank lines",
        "spaces stay",
        "unicode line ends",
        "one cr only",
        "byte order mark",
        "later lines are whatever they are",
        "empty",
        "blank",
    ],
)
def test_a_line_is_a_payload_to_the_byte(content: bytes, payloads: list[bytes], read: Read) -> None:
    """Only the line's end is taken off."""
    assert read(content) == payloads


@pytest.mark.parametrize(
    ("content", "payloads"),
    [
        (PRETTY + b"\n" + PRETTY, [PRETTY, PRETTY]),
        (b'{"a":1} {"b":2}\n{"c":3}', [b'{"a":1}', b'{"b":2}', b'{"c":3}']),
        (b'{"a":1}\r{"b":2}\r', [b'{"a":1}', b'{"b":2}']),
        (b'[{"a":1},{"b":[]}]', [b'{"a":1}', b'{"b":[]}']),
        (b"\xef\xbb\xbf[\n  " + PRETTY + b",\n  " + PRETTY + b"\n]\n", [PRETTY, PRETTY]),
        (b"[" + LONG + b"," + LONG + b"]", [LONG, LONG]),
        (LONG + b" " + LONG, [LONG, LONG]),
        (b"[]", []),
        (b'[\n{"a":1}\n]\n[{"b":2}]', [b'{"a":1}', b'{"b":2}']),
    ],
    ids=[
        "pretty-printed",
        "on one line",
        "line ends of old Macs",
        "array",
        "pretty-printed array",
        "longer than a chunk",
        "longer than a chunk, no array",
        "empty array",
        "two arrays",
    ],
)
def test_an_object_is_a_payload_to_the_byte_wherever_lines_end(
    content: bytes, payloads: list[bytes], read: Read
) -> None:
    assert read(content) == payloads


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("content", [b'{"a":1}\n{"b":2}\n', b'[{"a":1},{"b":2}]'], ids=["lines", "array"])
def test_a_compressed_file_is_known_by_its_content(
    content: bytes, compress: Callable[[bytes], bytes], read: Read
) -> None:
    assert read(compress(content)) == [b'{"a":1}', b'{"b":2}']
    assert read(compress(content) + compress(content))[2:] == [b'{"a":1}', b'{"b":2}']


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"action,minutes\nX,1\n", "payload 1 is no JSON object"),
        (b'"text"\n', "payload 1 is no JSON object"),
        (b'[1, {"a":1}]', "payload 1 is no JSON object"),
        (b'{"a": nothing}\n{"b":2}\n', "payload 1 is no JSON object"),
        (b"{a: 1}\n", "payload 1 is no JSON object"),
        (b"PK\x03\x04", "payload 1 is no JSON object"),
        (b'{"a": 1\n', "payload 1 is not complete: the file ends within it"),
        ('{"a":1}\n'.encode("utf-16"), "payload 1 is UTF-16 text"),
        ('{"a":1}\n'.encode("utf-16-le"), "payload 1 is UTF-16 text"),
        ('{"a":1}\n'.encode("utf-16-be"), "payload 1 is UTF-16 text"),
        (b'[{"a":1}, 5]', "payload 2 is no JSON object"),
        (b'[{"a":1},\n{"b"', "payload 2 is not complete: the file ends within it"),
        (b'[{"a":1},\n', "payload 2 is missing: the file ends within its array"),
        (b'{"a":1}\n' + b"x" * 101 + b"\n", "payload 2 is longer than 100 bytes"),
        (b'[{"a":1},{"b":"' + b"x" * 200_000, "payload 2 is longer than 100 bytes"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(content: bytes, why: str, read: Read) -> None:
    with pytest.raises(NotPayloads) as refused:
        read(content, max_bytes=100)
    assert f"payloads: {why}" in refused.value.message
    assert ("--as-is" in refused.value.message) == ("payload 1 " in why)


@pytest.mark.parametrize("compress", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_truncated_compressed_file_gives_what_is_there_and_then_its_name(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    lines = [b'{"n":%d}' % number for number in range(100_000)]
    path = tmp_path / "cut"
    path.write_bytes(compress(b"\n".join(lines))[:-100])
    got: list[bytes] = []
    with pytest.raises(NotPayloads, match=r"cut can't be read after payload [\d,]+: "):
        deque(map(got.append, read_payloads(path)))
    assert got
    assert got == lines[: len(got)]


@pytest.mark.parametrize(
    "content",
    [b"no json\r\nx\n\n", gzip.compress(b"{}"), '{"a":1}\n'.encode("utf-16"), b"\xef\xbb\xbf{}\n"],
    ids=["text", "gzip", "UTF-16", "byte order mark"],
)
def test_as_is_gives_each_line_as_it_stands(content: bytes, read: Read) -> None:
    lines = [line.removesuffix(b"\r") for line in content.split(b"\n") if line.strip()]
    assert read(content, is_as_is=True) == lines


texts = st.text(st.sampled_from('"\\{}[],: \n\u00e9\U0001f600x'), max_size=5)
json_objects = st.dictionaries(
    texts, texts | st.lists(texts, max_size=2) | st.dictionaries(texts, texts, max_size=2), max_size=2
)


@given(
    objects=st.lists(json_objects, min_size=1, max_size=3),
    indent=st.sampled_from([None, 1]),
    around=st.sampled_from(["[%s]", "%s"]),
    is_ascii=st.booleans(),
)
def test_whatever_objects_a_file_holds_they_are_read_back(
    objects: list[dict[str, object]],
    indent: int | None,
    around: str,
    is_ascii: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    parts = [json.dumps(value, indent=indent, ensure_ascii=is_ascii) for value in objects]
    path = tmp_path_factory.getbasetemp() / "objects"
    path.write_bytes((around % ",\n".join(parts)).encode())
    assert [json.loads(payload) for payload in read_payloads(path)] == objects


@pytest.mark.parametrize(
    ("content", "is_it"),
    [(gzip.compress(b"{}"), True), (zstd(b"{}"), True), (b"{}", False), (b"", False)],
    ids=["gzip", "zstd", "plain", "empty"],
)
def test_whether_a_file_is_compressed(content: bytes, is_it: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert is_compressed(path) == is_it
