from scheduling.operations.charging.settling import settle

__all__ = ["settle"]
