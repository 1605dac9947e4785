"""Every paper of the permit's procedure: a series of its own, the right seal, remedies where they are owed (domain 2.6)."""

from __future__ import annotations

import pytest

from foreignwork.cases import registry
from foreignwork.policies import loader
from foreignwork.policies.pack import Pack
from tests.stage import AT

# The special seal of licensing stands on what is told at the counter: acceptance or not, and what is missing (32 末款).
SPECIAL = {"SUPPLEMENT", "ACCEPTANCE", "DECLINE", "NOT_REQUIRED"}
OWED = {  # paper → act of the pack's remedies (许可法 7, 38; 行政复议法 11)
    "DECLINE": "decline", "NOT_REQUIRED": "decline", "FILING_ENDED": "ended", "TERMINATION": "ended",
    "LAPSED": "ended", "REFUSAL": "refusal", "RETRACTION": "retract", "REVOCATION": "revoke",
    "STRIKING_OFF": "strike", "WARNING": "warning",
}  # fmt: skip
PAPERS = {
    # receipt, acceptance and its other outcomes (32), the ends of an application
    "RECEIPT", "SUPPLEMENT", "ACCEPTANCE", "DECLINE", "NOT_REQUIRED", "FILING_ENDED", "WITHDRAWAL", "TERMINATION",
    # decisions and what they give (38, 39, 49, 50, 70)
    "GRANT", "RENEWAL", "CHANGED", "REISSUED", "CONFIRMATION", "CANCELLATION", "REFUSAL", "PERMIT_NOTICE", "E_PERMIT",
    "DEEMED_RENEWAL", "LAPSED", "SERVICE_PROOF",
    # time, rights, hearing, class, people (36, 42, 45 to 48)
    "SPECIAL_PROCEDURE", "RESUMED", "EXTENSION", "RIGHTS", "HEARING_RECEIPT", "HEARING_NOTICE", "HEARING_RECORD",
    "RECLASSIFIED", "OBJECTION_DECIDED",
    # undertakings and what may follow
    "COMMITMENT", "COMMITMENT_CHECKED", "GAP", "GAP_SUPPLIED", "GAP_OVERDUE",
    # what the office begins (8, 69, 70, 78)
    "ANNOUNCEMENT", "RETRACTION", "REVOCATION", "STRIKING_OFF", "WARNING", "DROPPED",
}  # fmt: skip


@pytest.mark.parametrize("place", ["gansu", "dongguan", "changning", "fujian"])
def test_each_paper_has_its_series_its_seal_and_its_remedies(place: str) -> None:
    pack: Pack = loader.load(place, on=AT.date())
    steps = registry.get("permits").steps.values()
    assert {kind.code for step in steps for kind in step.sends} == PAPERS
    assert len({pack.notices[code].series for code in PAPERS}) == len(PAPERS), "no two papers share a series"
    for office in {route.office for route in pack.routing if route.matter == "permits"}:
        entry = pack.offices[office]
        numbered = {pack.series(code, office) for code in PAPERS}
        assert len(numbered) == len(PAPERS)
        for code in PAPERS:
            special = code in SPECIAL and bool(entry.special_seal)
            wanted = entry.special_seal if special else entry.seal
            assert pack.seal(code, office, "permits") == wanted, code
            assert (pack.notices[code].remedies or None) == OWED.get(code), code
        for act in set(OWED.values()):
            words = pack.remedy("permits", act, office)
            assert words, (office, act)
            for said in (
                entry.government.zh if hasattr(entry.government, "zh") else str(entry.government),
                "60日",
                "6个月",
            ):
                assert said in words.zh, (office, act, said)
            assert "网上" in words.zh, "a decision online names the online channel (行政复议法 22)"
