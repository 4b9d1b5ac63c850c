"""Run inside the living practice, with STEP and DAY set: what the journey of groups needs and no page gives at once."""

import datetime as dt
import json

from availability.models import WeeklyBlock
from core import clock
from core.actors import SYSTEM
from core.walltime import to_utc
from groups.models import Group
from groups.operations import enrol, refer
from groups.queries.sessions import plan_for, sessions_of
from practice.models import Client, KeepApart, Provider
from practice.queries import the_practice
from scheduling.models import Appointment, AppointmentType, TypeOffer
from scheduling.operations import book
from scheduling.rules.wishes import Wish

provider = Provider.objects.get(last_name="Smith")
group = Group.objects.order_by("-pk").first()
said = {}
if STEP == "before":  # noqa: F821  given by who runs this
    kind = AppointmentType.objects.get(name="Anxiety skills group")
    TypeOffer.objects.get_or_create(type=kind, provider=provider)
    hours = {"starts_at": dt.time(6), "ends_at": dt.time(9)}
    WeeklyBlock.objects.get_or_create(provider=provider, weekday=DAY, defaults=hours)  # noqa: F821
    apart = [pk for pair in KeepApart.objects.values_list("client", "other_client") for pk in pair if pk]
    own = Client.objects.filter(care_team__provider=provider, status="active").exclude(pk__in=apart)
    said["records"] = list(own.order_by("pk").values_list("record_number", flat=True)[:2])
elif STEP == "fill":  # noqa: F821
    apart = [pk for pair in KeepApart.objects.values_list("client", "other_client") for pk in pair if pk]
    there = [*group.memberships.values_list("client", flat=True), *apart]
    others = Client.objects.filter(status="active").exclude(pk__in=there).order_by("pk")
    Group.objects.filter(pk=group.pk).update(needs_screening=False)
    for client in others[: 12 - group.memberships.seated().count()]:
        enrol(refer(group.pk, client_id=client.pk, by=SYSTEM).member.pk, by=SYSTEM)
    Group.objects.filter(pk=group.pk).update(needs_screening=True)
    said["members"] = group.memberships.seated().count()
    third = plan_for(group, 3, zone=the_practice().tz, today=clock.now().date()).lines[2]
    start = to_utc(third.on, third.at, the_practice().tz)
    book(Wish(type_id=group.type_id, provider_id=provider.pk, starts_at=start, minutes=30), by=SYSTEM)
else:  # the first session began ten minutes ago
    first = sessions_of(group).order_by("starts_at").first()
    start = clock.now() - dt.timedelta(minutes=10)
    Appointment.objects.filter(pk=first.pk).update(
        starts_at=start, ends_at=start + (first.ends_at - first.starts_at), overbooked_provider=True
    )
    said["session"] = str(first.public_id)
print(json.dumps(said))  # noqa: T201  how it answers
