"""Sightings become findings: new ones open, known ones are brought up to date, the others close."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from supervision.models import Finding
from supervision.radar import goods, partners, silence
from supervision.radar.sightings import Ask, Sightings
from supervision.rules import radar as rules
from supervision.rules.radar import RadarRule

SIGHTINGS: dict[str, Sightings] = {
    rules.FELL_SILENT.code: silence.fell_silent,
    rules.NEVER_STARTED.code: silence.never_started,
    rules.NOT_RECEIVED.code: partners.not_received,
    rules.SELLER_SILENT.code: partners.seller_silent,
    rules.PARTNER_MISSING.code: partners.partner_missing,
    rules.PAPERS_EXPIRED.code: partners.papers_expired,
    rules.OVERSOLD.code: goods.oversold,
    rules.UNSOLD.code: goods.unsold,
    rules.VANISHED.code: goods.vanished,
}
_TABLE = Finding._meta.db_table


@dataclass(frozen=True, slots=True)
class Merged:
    """How many findings were opened or brought up to date, and how many closed."""

    told: int = 0
    closed: int = 0

    def __add__(self, other: Merged) -> Merged:
        return Merged(self.told + other.told, self.closed + other.closed)


def merge_rule(rule: RadarRule, ask: Ask) -> Merged:
    """Let the rule look at the operators asked of; the caller holds the radar's lock.

    A finding keeps its officer when it comes back; it is due anew, and may be told anew.
    Cost: five statements, whatever the number of operators.
    """
    values = ask.values() | {
        "rule": rule.code,
        "severity": int(rule.severity),
        "at": ask.at,
        "due_on": rules.due_on(ask.today, rule),
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS radar_seen")
        cursor.execute(
            f"CREATE TEMP TABLE radar_seen ON COMMIT DROP AS {SIGHTINGS[rule.code](ask)}", values
        )
        # Without it the planner takes the new table for an empty one.
        cursor.execute("ANALYZE radar_seen")
        cursor.execute(_TELL, values)
        told = cursor.rowcount
        cursor.execute(_CLOSE.format(of=ask.narrowed("f.operator_id")), values)
        return Merged(told, cursor.rowcount)


# What is unchanged is not written again, so that a night's run costs what changed: a finding that is
# open was seen when its rule last looked. It is left out beforehand, because an INSERT that meets its
# row locks it, which is a write as well.
_TELL = f"""
INSERT INTO {_TABLE} AS f (operator_id, division_id, county_id, rule, subject, severity, facts,
  since, state, first_seen_at, opened_at, last_seen_on, times, due_on, message, sent_name)
SELECT s.operator_id, o.division_id, o.county_id, %(rule)s, s.subject, %(severity)s, s.facts,
  s.since, 'open', %(at)s, %(at)s, %(today)s, 1, %(due_on)s, '', ''
FROM radar_seen s JOIN enterprises_operator o ON o.id = s.operator_id
LEFT JOIN {_TABLE} k ON k.operator_id = s.operator_id AND k.subject = s.subject
  AND k.rule = %(rule)s
WHERE k.id IS NULL OR k.state = 'closed' OR k.facts <> s.facts OR k.since <> s.since
  OR k.county_id <> o.county_id OR k.division_id <> o.division_id
ON CONFLICT (operator_id, rule, subject) DO UPDATE SET
  division_id = EXCLUDED.division_id, county_id = EXCLUDED.county_id,
  severity = EXCLUDED.severity, facts = EXCLUDED.facts, since = EXCLUDED.since,
  last_seen_on = EXCLUDED.last_seen_on, state = 'open', closed_at = NULL,
  opened_at = CASE f.state WHEN 'closed' THEN EXCLUDED.opened_at ELSE f.opened_at END,
  due_on = CASE f.state WHEN 'closed' THEN EXCLUDED.due_on ELSE f.due_on END,
  times = f.times + CASE f.state WHEN 'closed' THEN 1 ELSE 0 END,
  message = CASE f.state WHEN 'closed' THEN '' ELSE f.message END,
  sent_at = CASE f.state WHEN 'closed' THEN NULL ELSE f.sent_at END,
  sent_name = CASE f.state WHEN 'closed' THEN '' ELSE f.sent_name END"""

_CLOSE = f"""
UPDATE {_TABLE} f SET state = 'closed', closed_at = %(at)s, last_seen_on = %(today)s
WHERE f.rule = %(rule)s AND f.state = 'open' AND {{of}} AND NOT EXISTS (
  SELECT 1 FROM radar_seen s WHERE s.operator_id = f.operator_id AND s.subject = f.subject)"""
