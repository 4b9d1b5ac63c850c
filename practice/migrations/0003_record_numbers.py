from django.db import migrations

# A sequence never hands out a number twice, whoever adds clients at the same moment.
FORWARD = "CREATE SEQUENCE practice_record_number START 10001 OWNED BY practice_client.record_number"
BACKWARD = "DROP SEQUENCE practice_record_number"


class Migration(migrations.Migration):
    dependencies = [("practice", "0002_audit_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
