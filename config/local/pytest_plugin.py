"""Servers for one test run. Loaded early (`-p` in pyproject.toml): pytest-django reads settings at once."""

import os
from collections.abc import Generator
from contextlib import AbstractContextManager

import pytest

from config.local.environment import throwaway
from config.local.trouble import Trouble

WORKER = "PYTEST_XDIST_WORKER"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    if WORKER in os.environ:  # workers inherit the variables
        own_broker(os.environ[WORKER])
    else:
        servers = throwaway()
        try:
            servers.__enter__()
        except Trouble as trouble:
            raise pytest.UsageError(str(trouble)) from None
        early_config.add_cleanup(lambda: leave(servers))
    return (yield)


def leave(servers: AbstractContextManager[None]) -> None:
    servers.__exit__(None, None, None)


def own_broker(worker: str) -> None:
    """A numbered database of the one server: what a test clears (sessions, caches) is only its own worker's."""
    server, _, _ = os.environ["REDIS_URL"].rpartition("/")
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = f"{server}/{number}"
