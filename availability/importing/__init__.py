"""Hours, exceptions and closures from files, and back."""
