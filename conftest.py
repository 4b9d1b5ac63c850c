"""Fixtures for every test: the standing cast lives in tests/cast.py."""

pytest_plugins = ["tests.cast"]
