"""Logging for the commands: readable lines on a terminal and in systemd's journal, JSON everywhere else."""

import json
import logging
import os
import sys
from datetime import UTC, datetime

# What each record has. Everything else came with `extra`.
USUAL = {*logging.makeLogRecord({}).__dict__, "message", "asctime"}
# The journal's priorities (man sd-daemon), by the level that a record has at least.
PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))


def log_to_stderr() -> None:
    """Send the log to stderr. With FORCE_COLOR set, its lines are readable although stderr is no terminal."""
    handler = logging.StreamHandler()
    if sys.stderr.isatty() or os.environ.get("FORCE_COLOR"):
        handler.setFormatter(for_a_terminal())
    elif is_journal(os.environ.get("JOURNAL_STREAM", "")):
        handler.setFormatter(JournalFormatter())
    else:
        handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def is_journal(stream: str) -> bool:
    """Whether stderr is the stream that JOURNAL_STREAM names, as device:inode. A shell may have redirected it."""
    try:
        found = os.fstat(sys.stderr.fileno())
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line. structlog would do the same, but its import takes a third of a second of each start."""

    def format(self, record: logging.LogRecord) -> str:
        """A line for a record."""
        line = {**extras(record), "event": record.getMessage(), "level": record.levelname.lower()}
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=repr)


class JournalFormatter(logging.Formatter):
    """Text with its priority before each line. The journal notes the time by itself."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines for a record: the message, and a line each for those of a trace."""
        text = " ".join([record.getMessage(), *(f"{name}={value}" for name, value in extras(record).items())])
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        priority = next(number for level, number in PRIORITIES if record.levelno >= level)
        return "\n".join(f"<{priority}>{line}" for line in text.splitlines())


def extras(record: logging.LogRecord) -> dict[str, object]:
    """What came with `extra`."""
    return {name: value for name, value in vars(record).items() if name not in USUAL}


def for_a_terminal() -> logging.Formatter:
    """Lines for a person, in colour on a terminal."""
    import structlog  # noqa: PLC0415 -- its import takes a third of a second, and most processes have no terminal

    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )
