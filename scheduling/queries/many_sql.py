"""The two statements of `queries.many`."""

# What stands for the wished people, room or clients, those they must not meet included, and truly touches, or begins
# in a block that allows only so many; no visit is longer than a day. The ways to be near are joined one by one, so
# that each has its index.
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
    SELECT wish.place, one.id FROM wish JOIN scheduling_appointment AS one
        ON one.provider_id IN (wish.provider, wish.co_provider)
        AND one.starts_at > wish.starts_at - interval '1 day' AND one.starts_at < wish.ends_at + interval '1 day'
    UNION
    SELECT wish.place, one.id FROM wish JOIN scheduling_appointment AS one
        ON one.co_provider_id IN (wish.provider, wish.co_provider)
        AND one.starts_at > wish.starts_at - interval '1 day' AND one.starts_at < wish.ends_at + interval '1 day'
    UNION
    SELECT wish.place, one.id FROM wish JOIN scheduling_appointment AS one
        ON one.room_id = wish.room
        AND one.starts_at > wish.starts_at - interval '1 day' AND one.starts_at < wish.ends_at + interval '1 day'
    UNION
    SELECT wish.place, one.id FROM unnest(%(comes)s::int[], %(clients)s::bigint[]) AS comes (place, client)
        JOIN wish ON wish.place = comes.place
        JOIN scheduling_attendance AS person ON person.client_id = comes.client AND person.state <> ALL(%(uncounted)s)
        JOIN scheduling_appointment AS one ON one.id = person.appointment_id
        AND one.starts_at > wish.starts_at - interval '1 day' AND one.starts_at < wish.ends_at + interval '1 day'
)
SELECT near.place, near.id FROM near
JOIN wish ON wish.place = near.place
JOIN scheduling_appointment AS one ON one.id = near.id
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
    SELECT span.provider, one.id FROM span JOIN scheduling_appointment AS one
        ON one.provider_id = span.provider AND one.starts_at >= span.start AND one.starts_at < span.until
    UNION ALL
    SELECT span.provider, one.id FROM span JOIN scheduling_appointment AS one
        ON one.co_provider_id = span.provider AND one.starts_at >= span.start AND one.starts_at < span.until
    UNION ALL
    SELECT span.provider, one.id FROM span JOIN scheduling_appointment AS one
        ON span.provider = 0 AND one.starts_at >= span.start AND one.starts_at < span.until
)
SELECT near.provider, (one.starts_at AT TIME ZONE %(zone)s)::date, one.type_id, count(*)
FROM near JOIN scheduling_appointment AS one ON one.id = near.id
JOIN scheduling_appointmenttype AS kind ON kind.id = one.type_id AND kind.category <> 'administrative'
WHERE one.state = ANY(%(blocking)s) AND NOT (one.state = 'held' AND one.hold_until < %(now)s)
GROUP BY 1, 2, 3
"""
