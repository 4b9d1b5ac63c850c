from django.db import migrations

HOUR = 60
# name, kind, offset, drop rank (order under caps: 168, 48, 2, 24 h), skipped in a weekly series
DEFAULTS = [
    ("Initial confirmation", "initial", 0, 0, False),
    ("7 days before", "before", 168 * HOUR, 4, True),
    ("48 hours before", "before", 48 * HOUR, 3, False),
    ("24 hours before", "before", 24 * HOUR, 1, False),
    ("2 hours before", "before", 2 * HOUR, 2, False),
]


def add(apps, schema_editor):
    rule = apps.get_model("reminders", "ReminderRule")
    for name, kind, offset, rank, weekly in DEFAULTS:
        rule.objects.get_or_create(
            name=name,
            defaults={
                "kind": kind,
                "offset_minutes": offset,
                "channels": ["sms", "email"],
                "drop_rank": rank,
                "skip_in_weekly_series": weekly,
            },
        )


def remove(apps, schema_editor):
    apps.get_model("reminders", "ReminderRule").objects.filter(name__in=[d[0] for d in DEFAULTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_tables")]
    operations = [migrations.RunPython(add, remove)]
