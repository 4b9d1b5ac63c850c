import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_rehearsal"), ("practice", "0001_people_and_places")]
    operations = [
        migrations.AlterField(
            model_name="message",
            name="client",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty only for a crisis answer to a number nobody on file has.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="practice.client",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("client__isnull", False), ("klass", "crisis"), _connector="OR"),
                name="messaging_message_has_client",
            ),
        ),
        migrations.AlterField(
            model_name="stafftask",
            name="kind",
            field=models.CharField(
                choices=[
                    ("call_client", "Call the client"),
                    ("read_reply", "Read a reply"),
                    ("may_want_to_cancel", "May want to cancel"),
                    ("not_delivered", "Message not delivered"),
                    ("wrong_number", "Wrong number"),
                    ("crisis", "Somebody may be in danger"),
                ],
                max_length=20,
            ),
        ),
    ]
