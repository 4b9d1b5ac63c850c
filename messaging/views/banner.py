from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from messaging.operations import banner


def out_of_order(request: HttpRequest) -> dict[str, Any]:
    """For every page of somebody signed in: which carriers do not work. Asked only where it is said."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    return {"out_of_order": SimpleLazyObject(banner.shown) if is_known else []}
