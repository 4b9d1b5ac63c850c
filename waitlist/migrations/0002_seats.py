import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("waitlist", "0001_tables")]

    operations = [
        migrations.AddField(
            model_name="freedspan",
            name="seats",
            field=models.UUIDField(
                blank=True, help_text="Whose place it is; known to who keeps the places.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="freedspan",
            index=models.Index(
                condition=models.Q(("seats__isnull", False), ("state", "open")),
                fields=["seats"],
                name="waitlist_span_seats",
            ),
        ),
        migrations.AlterField(
            model_name="offer",
            name="entry",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="offers",
                to="waitlist.waitlistentry",
            ),
        ),
        migrations.RemoveConstraint(model_name="offer", name="waitlist_offer_one_accepted"),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entry__isnull", False), ("state", "accepted")),
                fields=("appointment",),
                name="waitlist_offer_one_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entry__isnull", True), ("state", "accepted")),
                fields=("span",),
                name="waitlist_offer_one_on_a_seat",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entry__isnull", True), ("state", "out")),
                fields=("span", "client"),
                name="waitlist_offer_seat_asked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("entry__isnull", False), ("span__isnull", False), _connector="OR"),
                name="waitlist_offer_of_time_or_seat",
            ),
        ),
    ]
