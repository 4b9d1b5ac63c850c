import core.encrypted
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="RehearsalMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sid", models.CharField(max_length=34, unique=True)),
                ("kind", models.CharField(choices=[("sms", "Text"), ("email", "Email")], max_length=5)),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("outbound-api", "To the client"),
                            ("inbound", "From the client"),
                            ("outbound-reply", "From the carrier itself"),
                        ],
                        max_length=14,
                    ),
                ),
                ("office_address", models.CharField(max_length=254)),
                ("client_address", models.CharField(max_length=254)),
                ("subject_line", core.encrypted.EncryptedTextField(blank=True)),
                ("body", core.encrypted.EncryptedTextField(blank=True)),
                ("segments", models.PositiveSmallIntegerField(default=0)),
                ("status", models.CharField(max_length=12)),
                ("error_code", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "opt_word",
                    models.CharField(
                        blank=True, help_text="stop or start, when the client wrote it.", max_length=5
                    ),
                ),
                ("callback_url", models.CharField(blank=True, max_length=500)),
                ("next_status", models.CharField(blank=True, max_length=12)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RehearsalSettings",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "dropped_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Took the text, answered 503 all the same.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                    ),
                ),
                (
                    "busy_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Answered 429; the text was not taken.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                    ),
                ),
                (
                    "broken_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Answered 500; the text was not taken.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                    ),
                ),
                (
                    "undelivered_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="The phone was off: error 30003.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                    ),
                ),
                (
                    "late_seconds",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Each callback waits up to this long.",
                        validators=[django.core.validators.MaxValueValidator(600)],
                    ),
                ),
                (
                    "is_doubled",
                    models.BooleanField(
                        default=False,
                        help_text="Every callback comes twice, in any order.",
                        verbose_name="callbacks doubled, shuffled",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "rehearsal settings",
            },
        ),
        migrations.AddIndex(
            model_name="rehearsalmessage",
            index=models.Index(fields=["client_address", "-id"], name="messaging_rehearsal_device"),
        ),
        migrations.AddIndex(
            model_name="rehearsalmessage",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="messaging_rehearsal_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="rehearsalmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", True), ("next_status", "")),
                    models.Q(("due_at__isnull", False), models.Q(("next_status", ""), _negated=True)),
                    _connector="OR",
                ),
                name="messaging_rehearsal_next_paired",
            ),
        ),
        migrations.AddConstraint(
            model_name="rehearsalsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="messaging_rehearsalsettings_one_row"
            ),
        ),
    ]
