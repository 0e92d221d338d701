"""Lines of the log: JSON, or text with the journal's priority."""

import json
import logging
import os
import subprocess
import sys

import pytest

from warehouse.logs import JournalFormatter, JsonFormatter

LOG = "import logging; from warehouse.logs import log_to_stderr; log_to_stderr(); logging.error('lost')"


def record(level: int, message: str, **extra: str) -> logging.LogRecord:
    return logging.makeLogRecord({"levelno": level, "levelname": logging.getLevelName(level), "msg": message, **extra})


def test_a_line_of_json_has_the_message_its_level_and_what_came_with_it() -> None:
    line = json.loads(JsonFormatter().format(record(logging.WARNING, "refused", request_id="abc")))
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "refused", "level": "warning", "request_id": "abc"}


@pytest.mark.parametrize(
    ("level", "line"),
    [
        (logging.ERROR, "<3>refused request_id=abc"),
        (logging.WARNING, "<4>refused request_id=abc"),
        (logging.INFO, "<6>refused request_id=abc"),
    ],
)
def test_a_line_for_the_journal_begins_with_its_priority(level: int, line: str) -> None:
    assert JournalFormatter().format(record(level, "refused", request_id="abc")) == line


def test_each_line_of_a_longer_message_has_the_priority() -> None:
    assert JournalFormatter().format(record(logging.ERROR, "one\ntwo")) == "<3>one\n<3>two"


def test_only_a_stderr_that_is_the_journals_stream_gets_priorities() -> None:
    read, write = os.pipe()
    with os.fdopen(read), os.fdopen(write, "wb") as stream:
        found = os.fstat(stream.fileno())
        env = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        subprocess.run([sys.executable, "-c", LOG], env=env, stderr=stream, check=True)
        assert os.read(read, 100) == b"<3>lost\n"
    elsewhere = subprocess.run([sys.executable, "-c", LOG], env=env, capture_output=True, check=True)
    assert json.loads(elsewhere.stderr)["event"] == "lost"
