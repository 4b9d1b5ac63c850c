"""How a page notices that others changed what it shows."""

import datetime as dt
import uuid
from collections.abc import Collection

from django.db.models import Q, Sum

from core.actors import Actor
from practice.models import Provider
from scheduling.models import ProviderDay


def day_version(on: dt.date, *, by: Actor, providers: Collection[uuid.UUID] = ()) -> int:
    """The sum over what `by` sees of that day, in one query; `providers`: public ids, none for everybody.

    A sum notices a change whose transaction began earlier but ended later; a latest id or time does not.
    """
    seen = Provider.objects.visible_to(by)
    if providers:
        seen = seen.filter(public_id__in=providers)
    # without their order: it would be sorted for nothing
    shown = Q(provider__isnull=True) | Q(provider__in=seen.order_by().values("pk"))
    return ProviderDay.objects.filter(shown, on=on).aggregate(n=Sum("n"))["n"] or 0
