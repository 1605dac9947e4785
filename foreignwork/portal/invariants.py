"""What the portal acknowledged is there (quality I8): an answer is an address, and the dossier or filing it leads to exists."""

from __future__ import annotations

from foreignwork.cases.invariants import acknowledged_as

acknowledged_as(
    {
        "leads out of the house": "k.outcome->>'to' !~ '^/([^/]|$)'",
        "leads to a dossier that is not there": """
            k.outcome->>'to' ~ '^/dossiers/[^/]+/' AND NOT EXISTS (
                SELECT 1 FROM dossiers_dossier d WHERE d.code = split_part(k.outcome->>'to', '/', 3))""",
        "leads to a filing that is not there": """
            k.outcome->>'to' ~ '^/bundles/[^/]+/' AND NOT EXISTS (
                SELECT 1 FROM cases_bundle b WHERE b.number = split_part(k.outcome->>'to', '/', 3))""",
    },
    to="string",
)
