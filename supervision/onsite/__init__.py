"""On site: what an inspector's phone is given, and how what it brings home becomes steps of the inspection (docs/supervision.md)."""
