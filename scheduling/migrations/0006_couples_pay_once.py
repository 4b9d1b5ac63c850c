"""Couples and families are treated together, so visits booked for them already are charged once."""

from django.db import migrations

TOGETHER = ("family", "couples")


def once(apps, schema_editor):
    visits = apps.get_model("scheduling", "Appointment").objects
    visits.filter(type__category__in=TOGETHER).update(billing_mode="per_meeting")


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0005_billing_mode")]
    operations = [migrations.RunPython(once, migrations.RunPython.noop)]
