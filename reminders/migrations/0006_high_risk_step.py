from django.db import migrations

NAME = "72 hours before, at high risk"


def add(apps, schema_editor):
    apps.get_model("reminders", "ReminderRule").objects.get_or_create(
        name=NAME,
        defaults={
            "kind": "before",
            "offset_minutes": 72 * 60,
            "channels": ["sms", "email"],
            "drop_rank": 5,
            "only_high_risk": True,
        },
    )


def remove(apps, schema_editor):
    apps.get_model("reminders", "ReminderRule").objects.filter(name=NAME, reminders=None).delete()


class Migration(migrations.Migration):
    dependencies = [("reminders", "0005_rule_edition")]
    operations = [migrations.RunPython(add, remove)]
