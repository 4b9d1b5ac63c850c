"""Types, offers and visits from files, and back."""
