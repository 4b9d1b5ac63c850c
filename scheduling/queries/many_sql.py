"""The two statements of `queries.many`."""

# What stands for the wished people, room or clients, those they must not meet included, and truly touches, or begins
# in a block that allows only so many; no visit is longer than a day. Each way to be near is looked up for each wish, by
# its index: OFFSET 0 keeps the planner, which cannot guess how many lie in a day, from reading every visit ever made.
NEAR = """
WITH wish AS (
    SELECT * FROM unnest(
        %(places)s::int[], %(providers)s::bigint[], %(co_providers)s::bigint[], %(rooms)s::bigint[],
        %(starts)s::timestamptz[], %(ends)s::timestamptz[],
        %(since)s::timestamptz[], %(until)s::timestamptz[], %(cleaned)s::timestamptz[],
        %(counted_since)s::timestamptz[], %(counted_until)s::timestamptz[]
    ) AS w (
        place, provider, co_provider, room, starts_at, ends_at, since, until, cleaned, counted_since, counted_until
    )
),
near AS (
    SELECT wish.place, one.id FROM wish CROSS JOIN LATERAL (
        SELECT id FROM scheduling_appointment WHERE provider_id IN (wish.provider, wish.co_provider)
           AND starts_at > wish.starts_at - interval '1 day' AND starts_at < wish.ends_at + interval '1 day' OFFSET 0
    ) AS one
    UNION
    SELECT wish.place, one.id FROM wish CROSS JOIN LATERAL (
        SELECT id FROM scheduling_appointment WHERE co_provider_id IN (wish.provider, wish.co_provider)
           AND starts_at > wish.starts_at - interval '1 day' AND starts_at < wish.ends_at + interval '1 day' OFFSET 0
    ) AS one
    UNION
    SELECT wish.place, one.id FROM wish CROSS JOIN LATERAL (
        SELECT id FROM scheduling_appointment WHERE room_id = wish.room
           AND starts_at > wish.starts_at - interval '1 day' AND starts_at < wish.ends_at + interval '1 day' OFFSET 0
    ) AS one
    UNION
    SELECT wish.place, one.id FROM unnest(%(comes)s::int[], %(clients)s::bigint[]) AS comes (place, client)
        JOIN wish ON wish.place = comes.place
        CROSS JOIN LATERAL (
        SELECT visit.id FROM scheduling_attendance AS person
          JOIN scheduling_appointment AS visit ON visit.id = person.appointment_id
         WHERE person.client_id = comes.client AND person.state <> ALL(%(uncounted)s)
           AND visit.starts_at > wish.starts_at - interval '1 day'
           AND visit.starts_at < wish.ends_at + interval '1 day' OFFSET 0
    ) AS one
)
SELECT near.place, near.id FROM near
JOIN wish ON wish.place = near.place
CROSS JOIN LATERAL (SELECT * FROM scheduling_appointment WHERE id = near.id OFFSET 0) AS one
WHERE one.state = ANY(%(blocking)s) AND NOT (one.state = 'held' AND one.hold_until < %(now)s)
AND (
    one.blocked && tstzrange(wish.since, wish.until)
    OR one.room_span && tstzrange(wish.starts_at, wish.cleaned)
    OR (one.starts_at < wish.ends_at + make_interval(mins => %(wait)s)
        AND one.ends_at > wish.starts_at - make_interval(mins => %(wait)s))
    OR (one.starts_at >= wish.counted_since AND one.starts_at < wish.counted_until)
)
"""

# How many visits of each type stand on each local day of a span, for a provider or in the practice.
COUNTED = """
WITH span AS (
    SELECT * FROM unnest(%(providers)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS s (provider, start, until)
),
near AS (
    SELECT span.provider, one.id FROM span CROSS JOIN LATERAL (
        SELECT id FROM scheduling_appointment
         WHERE provider_id = span.provider AND starts_at >= span.start AND starts_at < span.until OFFSET 0
    ) AS one
    UNION ALL
    SELECT span.provider, one.id FROM span CROSS JOIN LATERAL (
        SELECT id FROM scheduling_appointment
         WHERE co_provider_id = span.provider AND starts_at >= span.start AND starts_at < span.until OFFSET 0
    ) AS one
    UNION ALL
    SELECT span.provider, one.id FROM span CROSS JOIN LATERAL (
        SELECT id FROM scheduling_appointment
         WHERE span.provider = 0 AND starts_at >= span.start AND starts_at < span.until OFFSET 0
    ) AS one
)
SELECT near.provider, (one.starts_at AT TIME ZONE %(zone)s)::date, one.type_id, count(*)
FROM near CROSS JOIN LATERAL (SELECT * FROM scheduling_appointment WHERE id = near.id OFFSET 0) AS one
JOIN scheduling_appointmenttype AS kind ON kind.id = one.type_id AND kind.category <> 'administrative'
WHERE one.state = ANY(%(blocking)s) AND NOT (one.state = 'held' AND one.hold_until < %(now)s)
GROUP BY 1, 2, 3
"""
