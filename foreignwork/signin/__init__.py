"""Signing in: allauth's flows with the house's words, limits and second factor. Accounts are given, never taken.

adapters    what allauth asks the house: no sign-up, where to go next, how secrets are sealed
forms       the same forms with the house's labels; a one-time code is good once
middleware  what a signed-in session may do: second factor for staff, idle and absolute limits, no-store
views urls  the pages that exist; allauth's others do not
"""
