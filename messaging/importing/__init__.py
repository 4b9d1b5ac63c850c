"""Consent and opt-outs from files, and the columns of consent beside clients and contacts."""
