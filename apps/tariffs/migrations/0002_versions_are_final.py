from django.db import migrations

TRIGGER = """
CREATE TRIGGER tariff_version_is_final BEFORE UPDATE OR DELETE ON tariffs_tariffversion
    FOR EACH ROW EXECUTE FUNCTION public.forbid_change()
"""


class Migration(migrations.Migration):
    dependencies = [("tariffs", "0001_initial"), ("events", "0002_forbid_change")]
    operations = [migrations.RunSQL(TRIGGER, "DROP TRIGGER tariff_version_is_final ON tariffs_tariffversion")]
