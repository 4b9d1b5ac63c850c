from django.db import migrations

# A CHECK cannot look into another table. The group's row is locked by whoever gives a seat out, so the two triggers
# cannot pass each other.
FORWARD = """
CREATE FUNCTION groups_seat_within_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seat > (SELECT capacity FROM groups_group WHERE id = NEW.group_id FOR SHARE) THEN
        RAISE EXCEPTION 'seat % is beyond the capacity of the group', NEW.seat
            USING ERRCODE = 'check_violation', CONSTRAINT = 'groups_membership_within_capacity';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER groups_seat_within_capacity BEFORE INSERT OR UPDATE OF seat, group_id ON groups_membership
    FOR EACH ROW WHEN (NEW.seat IS NOT NULL) EXECUTE FUNCTION groups_seat_within_capacity();

CREATE FUNCTION groups_capacity_holds_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM groups_membership WHERE group_id = NEW.id AND seat > NEW.capacity) THEN
        RAISE EXCEPTION 'the capacity is below a seat that is taken'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'groups_membership_within_capacity';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER groups_capacity_holds_seats BEFORE UPDATE OF capacity ON groups_group
    FOR EACH ROW WHEN (NEW.capacity < OLD.capacity) EXECUTE FUNCTION groups_capacity_holds_seats();
"""
BACKWARD = """
DROP TRIGGER groups_seat_within_capacity ON groups_membership;
DROP FUNCTION groups_seat_within_capacity();
DROP TRIGGER groups_capacity_holds_seats ON groups_group;
DROP FUNCTION groups_capacity_holds_seats();
"""


class Migration(migrations.Migration):
    dependencies = [("groups", "0001_groups")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
