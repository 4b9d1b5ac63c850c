"""Being signed in."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody is still there: counts as an act, so IdleTimeoutMiddleware stamps the session."""
    return HttpResponse(status=204)
