"""“Call before closing” on the client's card."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from practice.middleware import StaffRequest
from practice.models import Client
from practice.operations.safety import flag_client


@require_POST
def client_flag(request: StaffRequest, public_id: uuid.UUID) -> HttpResponse:
    client = get_object_or_404(Client.objects.visible_to(request.actor), public_id=public_id)
    on = request.POST.get("on") == "yes"
    flag_client(client.pk, on=on, reason=request.POST.get("reason", "")[:300], by=request.actor)
    said = "They are called before anything is closed." if on else "The mark is lifted."
    messages.success(request, said)
    return redirect("practice:client-card", client.public_id)
