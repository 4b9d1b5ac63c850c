"""Weeks of practice life run through the real code, on a clock of its own, and taken back at the end."""
