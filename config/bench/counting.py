"""How many queries a view makes, told in a header: from after authentication until its answer is whole."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

QUERIES = "X-Bench-Queries"


class Counter:
    """An execute wrapper: it sees every statement and needs no DEBUG, which would also keep them all."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.queries += 1
        return execute(*args)


class CountQueries:
    """Must be the last middleware: then its `process_view` comes after everybody else's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        counter = Counter()
        with ExitStack() as counting:
            request.begin_counting = lambda: counting.enter_context(  # type: ignore[attr-defined]
                connection.execute_wrapper(counter)
            )
            response = self.get_response(request)
        response[QUERIES] = str(counter.queries)
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> None:
        request.begin_counting()  # type: ignore[attr-defined]
