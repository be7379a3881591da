from django.db import migrations

TABLES = ("cdr", "invoice", "invoiceline")
FINAL = """
CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON billing_{table}
    FOR EACH ROW EXECUTE FUNCTION public.forbid_change()
"""
# A document waits for its PDF; with the PDF it is final. A series counts up by one and is never begun anew.
DOCUMENT = """
CREATE TRIGGER document_is_final BEFORE UPDATE OR DELETE ON billing_invoicedocument
    FOR EACH ROW WHEN (OLD.sha256 <> '') EXECUTE FUNCTION public.forbid_change()
"""
SERIES = """
CREATE TRIGGER series_counts_by_one BEFORE UPDATE ON billing_numberseries
    FOR EACH ROW WHEN (NEW.last <> OLD.last + 1 OR NEW.series <> OLD.series OR NEW.year <> OLD.year)
    EXECUTE FUNCTION public.forbid_change()
"""
SERIES_STAYS = """
CREATE TRIGGER series_stays BEFORE DELETE ON billing_numberseries
    FOR EACH ROW EXECUTE FUNCTION public.forbid_change()
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("events", "0002_forbid_change")]
    operations = [
        *(
            migrations.RunSQL(FINAL.format(table=table), f"DROP TRIGGER {table}_is_final ON billing_{table}")
            for table in TABLES
        ),
        migrations.RunSQL(DOCUMENT, "DROP TRIGGER document_is_final ON billing_invoicedocument"),
        migrations.RunSQL(SERIES, "DROP TRIGGER series_counts_by_one ON billing_numberseries"),
        migrations.RunSQL(SERIES_STAYS, "DROP TRIGGER series_stays ON billing_numberseries"),
    ]
