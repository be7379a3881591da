from django.db import migrations

TRIGGER = """
CREATE TRIGGER audit_written_once BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION public.forbid_change()
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("events", "0002_forbid_change")]
    operations = [migrations.RunSQL(TRIGGER, "DROP TRIGGER audit_written_once ON accounts_auditentry")]
