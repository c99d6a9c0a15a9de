"""A message names the record and whose news it is: two numbers mixed into one could be another's."""

from django.db import migrations, models

# The number of the recall and that of its operator, mixed by exclusive or, are taken apart again.
FORWARDS = """
UPDATE enterprises_webhookdelivery SET subject_id = (body->>'recall_id')::bigint,
  operator_id = subject_id # (body->>'recall_id')::bigint
WHERE event = 'recall.notified' AND operator_id = 0"""
BACKWARDS = """
UPDATE enterprises_webhookdelivery SET subject_id = subject_id # operator_id, operator_id = 0
WHERE event = 'recall.notified'"""


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0014_pass_on_old_applications")]

    operations = [
        migrations.AddField(
            model_name="webhookdelivery",
            name="operator_id",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="经营主体"),
        ),
        migrations.RemoveConstraint(model_name="webhookdelivery", name="delivery_once"),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("webhook", "event", "subject_id", "operator_id"), name="delivery_once"
            ),
        ),
    ]
