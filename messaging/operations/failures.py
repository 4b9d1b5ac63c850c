"""Saying in the log that something raised, without what it said: messages of exceptions quote numbers and texts."""

import traceback

import structlog

log = structlog.get_logger(__name__)


def report(what: str, error: BaseException, **ids: int | str) -> None:
    """The kind of error and where it came from; `ids` are keys or names of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    path = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
    log.error(what, error=type(error).__name__, path=path, **ids)
