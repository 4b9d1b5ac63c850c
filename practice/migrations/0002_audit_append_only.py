from django.db import migrations

# Only the retention command may delete, and says so in its own transaction by `app.retention = on`.
# No TRUNCATE trigger: it would break Django's `flush`.
FORWARD = """
CREATE FUNCTION practice_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(current_setting('app.retention', true), '') = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'practice_auditentry is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER practice_audit_append_only BEFORE UPDATE OR DELETE ON practice_auditentry
    FOR EACH ROW EXECUTE FUNCTION practice_audit_append_only();
"""
BACKWARD = """
DROP TRIGGER practice_audit_append_only ON practice_auditentry;
DROP FUNCTION practice_audit_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("practice", "0001_people_and_places")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
