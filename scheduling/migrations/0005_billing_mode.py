from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0004_overridden_index")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="billing_mode",
            field=models.CharField(
                choices=[("per_attendance", "For each person"), ("per_meeting", "Once for everybody")],
                db_default="per_attendance",
                default="per_attendance",
                help_text="Whether everybody who comes is charged, or the meeting once.",
                max_length=14,
            ),
        ),
    ]
