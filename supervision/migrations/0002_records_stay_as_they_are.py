"""What a draw has published is immutable for every role, the owner included (draw.md 3). TRUNCATE stays the owner's."""

from django.db import migrations

TABLES = (
    "commitment",
    "roster",
    "entropyentry",
    "drawresult",
    "drawcancellation",
    "substitution",
    "planapproval",
)
FUNCTION = """
CREATE FUNCTION supervision_stays_as_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are a public record: they are added, never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""
TRIGGER = """
CREATE TRIGGER stays_as_it_is BEFORE UPDATE OR DELETE ON supervision_{table}
    FOR EACH ROW EXECUTE FUNCTION supervision_stays_as_it_is();
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_registers_plans_draws_inspections")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION supervision_stays_as_it_is();"),
        *(
            migrations.RunSQL(
                TRIGGER.format(table=table), f"DROP TRIGGER stays_as_it_is ON supervision_{table};"
            )
            for table in TABLES
        ),
    ]
