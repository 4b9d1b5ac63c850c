"""Marks for views that HTMX calls."""

from collections.abc import Callable


def poll(view: Callable) -> Callable:
    """A view the page asks for by itself: it never counts as an act, so it never keeps a session alive."""
    view.is_poll = True  # type: ignore[attr-defined]  # read by IdleTimeoutMiddleware
    return view
