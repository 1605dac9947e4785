"""Rows first, effects second: put() in the transaction, relay() afterwards, each effect once."""
