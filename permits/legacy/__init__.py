"""Permits of the former register (cards issued before 2024-12-01): a checked file, approved by a second person, entered once."""
