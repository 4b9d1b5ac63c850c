"""Who speaks and hears for somebody: contacts by date and birthday, and from which age clients are told themselves."""

import datetime as dt
from dataclasses import dataclass

from practice.states import Relationship

ADULT = 18
# Whose place is taken by the client's own when they are old enough; a partner's or a friend's is not.
BRING_UP = (Relationship.PARENT, Relationship.GUARDIAN)

NEVER = "Must never be contacted"
NOT_YET = "Not before the date on record"
NO_MORE = "Only until the date on record"
OF_AGE = "The client has come of age since this was agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """The practice's age table: below `told_from` guardians are told for a child, from `decides_from` on nobody is
    told without the client's word, and again at 18. The law of the place decides: ages differ from 12 to 18."""

    told_from: int
    decides_from: int

    @property
    def turning(self) -> tuple[int, ...]:
        """The birthdays on which what guardians may do ends."""
        return tuple(sorted({self.decides_from, ADULT}))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """rights_on: the day somebody last said that these rights hold. born: the client's birth date."""

    relationship: str
    has_legal_authority: bool
    never_contact: bool
    valid_from: dt.date | None
    valid_until: dt.date | None
    rights_on: dt.date
    born: dt.date | None


def birthday(born: dt.date, age: int) -> dt.date:
    """Somebody of February 29 comes of age on March 1, as most laws have it."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return dt.date(born.year + age, 3, 1)


def age_on(born: dt.date, on: dt.date) -> int:
    years = on.year - born.year
    return years if birthday(born, years) <= on else years - 1


def why_closed(facts: ContactFacts, *, today: dt.date, ages: Ages) -> str:
    """Why this contact hears and decides nothing on that day, the client's; empty when their rights hold."""
    reasons = (
        (facts.never_contact, NEVER),
        (facts.valid_from is not None and today < facts.valid_from, NOT_YET),
        (facts.valid_until is not None and facts.valid_until < today, NO_MORE),
        (came_of_age_on(facts, today=today, ages=ages) is not None, OF_AGE),
    )
    return next((reason for applies, reason in reasons if applies), "")


def came_of_age_on(facts: ContactFacts, *, today: dt.date, ages: Ages) -> dt.date | None:
    """The birthday that ended this contact's rights, the latest so far."""
    if facts.born is None or not (facts.relationship in BRING_UP or facts.has_legal_authority):
        return None
    days = [birthday(facts.born, age) for age in ages.turning]
    return max((day for day in days if facts.rights_on < day <= today), default=None)


def is_told_through_guardians(born: dt.date | None, *, today: dt.date, ages: Ages) -> bool:
    """A child below the age at which they are told themselves."""
    return born is not None and age_on(born, today) < ages.told_from
