"""Money is counted in cents; forms, files and prices speak of dollars with two places."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int((amount * 100).to_integral_value(ROUND_HALF_UP))


def amount(of_cents: int | None) -> Decimal | None:
    return None if of_cents is None else (Decimal(of_cents) / 100).quantize(CENT)


def rate_of(said_cents: int | None, offered: Decimal | None, usual: Decimal | None) -> Decimal | None:
    """What was said for this visit, else the provider's own rate, else the type's. Free of charge is a rate too."""
    if said_cents is not None:
        return amount(said_cents)
    return usual if offered is None else offered
