from django.http import HttpRequest

from messaging.operations import banner


def out_of_order(request: HttpRequest) -> dict[str, list[str]]:
    """For every page of somebody signed in: which carriers do not work."""
    user = getattr(request, "user", None)
    return {"out_of_order": banner.shown() if user is not None and user.is_authenticated else []}
