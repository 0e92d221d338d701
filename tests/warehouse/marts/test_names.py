"""speakers.csv and sponsors.csv: read right whatever program wrote them; a line that can't be used is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kinds import Action, Load, Query
from warehouse.commands.check import check
from warehouse.commands.info import describe
from warehouse.marts import names as name_files
from warehouse.marts.names import SPEAKERS, SPONSORS
from warehouse.settings import WarehouseSettings

SUE = "speaker_id,speaker_name\nsue,Sue Öz\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "speakers.csv"


@pytest.mark.parametrize(
    "content",
    [
        SUE.encode(),
        SUE.encode("utf-8-sig"),
        SUE.encode("utf-16"),
        SUE.encode("utf-16-le"),
        SUE.encode("utf-16-be"),
        SUE.encode("cp1252"),
        SUE.replace("\n", "\r\n").encode(),
        SUE.replace("\n", "\r").encode(),
        SUE.replace(",", ";").encode(),
        SUE.replace(",", "\t").encode("utf-16"),
        f"sep=;\n{SUE.replace(',', ';')}".encode(),
        "speaker_name,speaker_id\nSue Öz,sue\n".encode(),
        "Company,SPEAKER_NAME,Speaker_Id\nACME,Sue Öz,sue\n".encode(),
        '"speaker_id" , "speaker_name"\n"sue", "Sue Öz"\n'.encode(),
        "\n\nspeaker_id,speaker_name\n\n,\nsue,Sue Öz\n,\n".encode(),
    ],
    ids=[
        *("UTF-8", "byte order mark", "UTF-16", "little-endian without mark", "big-endian without mark"),
        *("Windows-1252", "CRLF", "CR", "semicolons", "tabs in UTF-16", "sep=", "other order"),
        *("another column, capitals", "quotes and blanks", "blank lines"),
    ],
)
def test_every_usual_spelling_of_the_file_is_read(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert name_files.read(SPEAKERS, file.parent) == ({"sue": "Sue Öz"}, [])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'tom,"Tom', "has a quote that is not closed, or a text that is too long; it is skipped"),
        (b"tom," + b"x" * 200_000, "has a quote that is not closed, or a text that is too long; it is skipped"),
        (b"tom," + b"x" * 1_001, "has a text of more than 1,000 characters; it is skipped"),
        (b"tom,T\0m", "holds characters that can't be read; it is skipped"),
        (b"tom,T\x81m", "holds characters that can't be read; it is skipped"),
        (b"tom", "has 1 fields instead of 2; it is skipped"),
        (b"tom,Tim, Tom", "has 3 fields instead of 2; it is skipped"),
        (b"tom, ", "does not hold an id and a name; it is skipped"),
        (b"sue,Susan", "names the speaker of line 2 again; the later name counts"),
    ],
    ids=[
        *("open quote", "huge field", "long name", "NUL", "no encoding's byte"),
        *("an id alone", "comma in a name", "blank name", "a second name"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_count(line: bytes, problem: str, file: Path) -> None:
    file.write_bytes(SUE.encode() + line + b"\nzoe,Zo\xeb\n")
    names, problems = name_files.read(SPEAKERS, file.parent)
    assert problems == [f"line 3 {problem}"]
    assert names == {"sue": "Susan" if line == b"sue,Susan" else "Sue Öz", "zoe": "Zoë"}


@given(st.binary() | st.binary().map(lambda lines: SUE.encode() + lines))
def test_no_content_makes_it_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "speakers.csv"
    file.write_bytes(content)
    names, problems = name_files.read(SPEAKERS, file.parent)
    assert all("\0" not in text for text in (*names, *names.values(), *problems))


def test_many_lines_that_cannot_be_used_are_counted(file: Path) -> None:
    file.write_text(SUE + "x\n" * 100, "utf-8")
    assert name_files.read(SPEAKERS, file.parent).problems[-1] == "80 more lines can't be used"


@pytest.mark.parametrize("content", ["id,name\nsue,Sue\n", "sue,Sue\n", "speaker_id speaker_name\n"])
def test_without_a_header_no_name_is_used(content: str, file: Path) -> None:
    file.write_text(content, "utf-8")
    problem = "line 1 must name the columns speaker_id and speaker_name: no speaker has a name"
    assert name_files.read(SPEAKERS, file.parent) == ({}, [problem])


def test_without_a_file_or_with_an_empty_one_there_are_no_names_and_no_problem(file: Path) -> None:
    assert name_files.read(SPEAKERS, file.parent) == ({}, [])
    file.touch()
    assert name_files.read(SPEAKERS, file.parent) == ({}, [])


def test_an_id_in_capitals_names_its_speaker_unless_another_line_has_the_very_id(
    load: Load, action: Action, query: Query, file: Path
) -> None:
    """Spreadsheets and databases write UUIDs in capitals."""
    file.write_text("speaker_id,speaker_name\nABC-1,Sue\nABC-2,Tim\nabc-2,Tom\n", "utf-8")
    load(action(speakers=[{"speakerId": "abc-1"}, {"speakerId": "abc-2"}, {"speakerId": "abc-3"}]))
    assert query("FROM speakers ORDER BY ALL") == [("abc-1", "Sue"), ("abc-2", "Tom"), ("abc-3", None)]


def test_a_folder_in_place_of_the_file_stops_nothing_and_is_told_everywhere(
    load: Load, action: Action, query: Query, settings: WarehouseSettings, caplog: pytest.LogCaptureFixture
) -> None:
    (settings.data_dir / "speakers.csv").mkdir()
    load(action(speakers=[{"speakerId": "sue"}]))
    assert query("FROM speakers") == [("sue", None)]
    problem = "speakers.csv is no file: no speaker has a name"
    assert problem in caplog.text
    assert dict(describe(settings))["speakers.csv"] == f"0 names\n{problem}"
    [finding] = [finding for finding in check(settings) if finding.is_warning]
    assert (finding.detail, finding.fault_count) == (problem, 0)


def test_a_link_to_itself_stops_nothing(file: Path) -> None:
    file.symlink_to(file)
    names, [problem] = name_files.read(SPEAKERS, file.parent)
    assert (names, problem.endswith("no speaker has a name")) == ({}, True)


def test_sponsors_are_named_like_speakers(
    load: Load, action: Action, query: Query, settings: WarehouseSettings
) -> None:
    payload = action()
    payload["session"]["sponsors"] = [{"sponsorId": "acme"}, {"sponsorId": "other"}]
    (settings.data_dir / "sponsors.csv").write_text("Sponsor_Name;sponsor_id\nAcme AG;ACME\n", "utf-8")
    load(payload)
    assert query("FROM sponsors ORDER BY ALL") == [("acme", "Acme AG"), ("other", None)]
    assert query("SELECT sponsor_id, sponsor_name, split_minutes FROM sponsor_engagement ORDER BY ALL") == [
        ("acme", "Acme AG", 5.0),
        ("other", None, 5.0),
    ]
    (settings.data_dir / "sponsors.csv").write_text("sponsor_id,sponsor_name\nother,Other\n", "utf-8")
    load()
    assert query("FROM sponsors ORDER BY ALL") == [("acme", None), ("other", "Other")]


def test_each_file_speaks_of_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "sponsors.csv").write_text("speaker_id,speaker_name\nsue,Sue\n", "utf-8")
    problem = "line 1 must name the columns sponsor_id and sponsor_name: no sponsor has a name"
    assert name_files.read_all(tmp_path) == {SPEAKERS: ({}, []), SPONSORS: ({}, [problem])}
