"""How often somebody may ask: a count per key and stretch of time, kept in the cache and forgotten with it."""

import hashlib

from django.core.cache import cache
from django.http import HttpRequest


def allows(what: str, who: str, *, most: int, seconds: int) -> bool:
    """False from the call after `most` within one stretch. `who` is kept as a hash only."""
    key = f"throttle:{what}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ended between the two
        return True


def address_of(request: HttpRequest, *, behind_proxy: bool) -> str:
    """Who asks. Behind our proxy it is the last hop the proxy itself wrote; what comes before may be invented."""
    if behind_proxy:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
