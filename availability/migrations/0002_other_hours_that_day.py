from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("availability", "0001_tables")]

    operations = [
        migrations.AlterField(
            model_name="datedexception",
            name="kind",
            field=models.CharField(
                choices=[
                    ("extra", "Extra hours"),
                    ("absent", "Not in"),
                    ("instead", "Other hours that day"),
                ],
                max_length=8,
            ),
        )
    ]
