"""Phone numbers as people write them."""

import phonenumbers

HINT = "Write it like (202) 555-0117, or with its country code: +1 202 555 0117."


def e164(text: str, region: str = "US") -> str:
    """`(202) 555-0117` gives `+12025550117`. Raises ValueError, with words for the reader."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise ValueError(f"That is not a phone number. {HINT}") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"No phone can have that number. {HINT}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spoken(value: str) -> str:
    """`+12025550117` gives `(202) 555-0117`; a number from abroad keeps its country code."""
    number = phonenumbers.parse(value)
    home = number.country_code == 1
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
