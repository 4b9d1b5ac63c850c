from scheduling.admin import types, visits

__all__ = ["types", "visits"]
