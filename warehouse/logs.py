"""Logging for the commands: readable lines on a terminal, JSON everywhere else."""

import logging
import os
import sys

import structlog


def log_to_stderr() -> None:
    """Send the log to stderr. With FORCE_COLOR set, its lines are readable although stderr is no terminal."""
    is_read_by_a_person = sys.stderr.isatty() or bool(os.environ.get("FORCE_COLOR"))
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S" if is_read_by_a_person else "iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
        if is_read_by_a_person
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler])
