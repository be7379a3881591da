from django.db import migrations

# One function for the triggers of every table whose rows are written once, in whatever schema it stands.
FUNCTION = """
CREATE FUNCTION public.forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is not allowed: its rows are written once', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION public.forbid_change()")]
