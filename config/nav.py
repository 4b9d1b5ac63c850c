"""The places in the top bar: only those that exist, and only for those who may go there."""

from django.http import HttpRequest


def nav(request: HttpRequest) -> dict:
    return {"nav": []}
