from django.db import migrations

# A charge is never edited: only what became of it may change. What left for a payer is never deleted, but by the
# retention command, which says so in its own transaction by `app.retention = on`. `amount_cents` is generated, and not
# yet known to a trigger that runs before.
FORWARD = """
CREATE FUNCTION scheduling_charge_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change CONSTANT text[] := ARRAY['decision', 'decided_at', 'decided_by_id', 'reason', 'reversed_at',
        'closed_by_change_id', 'exported_at', 'exported_by_change_id', 'edition', 'amount_cents'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.exported_at IS NULL OR coalesce(current_setting('app.retention', true), '') = 'on' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'scheduling_charge: what was exported stays' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - may_change) IS DISTINCT FROM (to_jsonb(OLD) - may_change) THEN
        RAISE EXCEPTION 'scheduling_charge is never edited' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scheduling_charge_kept BEFORE UPDATE OR DELETE ON scheduling_charge
    FOR EACH ROW EXECUTE FUNCTION scheduling_charge_kept();
"""
BACKWARD = """
DROP TRIGGER scheduling_charge_kept ON scheduling_charge;
DROP FUNCTION scheduling_charge_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_charges")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
