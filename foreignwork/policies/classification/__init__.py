"""The classification advisor (A, B, C): pure, without numbers; what it knows is the pack's ``classification``."""
