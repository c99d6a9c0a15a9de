"""The statement that walks the links, and the index in whose order it tells them.

A trace of an ordinary batch is one round trip; each level comes back as four packed columns, which
costs a hundredth of a row for each link. Measured by the benchmark ``trace``.

The links of a province are many, and trade goes on meanwhile: the index is replaced without a lock.
Its new form comes last, so that whatever failed before is mended by running the migration again.
"""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from shilian.db.indexes import MakeIndex

WALK_LINKS = """
CREATE OR REPLACE FUNCTION walk_links(starts bigint[], up boolean, depth int, room int, enough int)
RETURNS TABLE (children bytea, parents bytea, kinds text, quantities bytea, stopped boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  frontier bigint[] := starts;
  seen bigint[] := starts;
  met bigint[];
BEGIN
  FOR level IN 1..depth LOOP
    IF up THEN
      SELECT string_agg(int8send(l.child_id), ''), string_agg(int8send(l.parent_id), ''),
        string_agg(CASE l.kind WHEN 'transfer' THEN 't' WHEN 'transformation' THEN 'm'
          WHEN 'split' THEN 's' WHEN 'merge' THEN 'g' WHEN 'repack' THEN 'p'
          WHEN 'aggregation' THEN 'a' WHEN 'return' THEN 'r' END, ''),
        string_agg(int8send((l.quantity * 1000)::bigint), ''), array_agg(l.parent_id)
      INTO children, parents, kinds, quantities, met
      FROM (
        SELECT child_id, parent_id, kind, quantity FROM traceability_link
        WHERE child_id = ANY (frontier) ORDER BY child_id, parent_id LIMIT room
      ) l;
    ELSE
      SELECT string_agg(int8send(l.child_id), ''), string_agg(int8send(l.parent_id), ''),
        string_agg(CASE l.kind WHEN 'transfer' THEN 't' WHEN 'transformation' THEN 'm'
          WHEN 'split' THEN 's' WHEN 'merge' THEN 'g' WHEN 'repack' THEN 'p'
          WHEN 'aggregation' THEN 'a' WHEN 'return' THEN 'r' END, ''),
        string_agg(int8send((l.quantity * 1000)::bigint), ''), array_agg(l.child_id)
      INTO children, parents, kinds, quantities, met
      FROM (
        SELECT child_id, parent_id, kind, quantity FROM traceability_link
        WHERE parent_id = ANY (frontier) ORDER BY parent_id, child_id LIMIT room
      ) l;
    END IF;
    EXIT WHEN children IS NULL;
    room := room - cardinality(met);
    stopped := room <= 0 OR level = depth OR cardinality(seen) + cardinality(met) > enough;
    RETURN NEXT;
    EXIT WHEN stopped;
    SELECT array_agg(id ORDER BY id) INTO frontier
    FROM (SELECT unnest(met) AS id EXCEPT SELECT unnest(seen)) fresh;
    EXIT WHEN frontier IS NULL;
    seen := seen || frontier;
  END LOOP;
END $$
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("traceability", "0004_keep_former_versions_of_made_batches")]

    operations = [
        migrations.RunSQL(
            WALK_LINKS, "DROP FUNCTION IF EXISTS walk_links(bigint[], boolean, int, int, int)"
        ),
        RemoveIndexConcurrently("link", "link_onward"),
        MakeIndex(
            "link",
            models.Index(
                fields=["parent_id", "child_id"], include=["kind", "quantity"], name="link_onward"
            ),
        ),
    ]
