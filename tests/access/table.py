"""Who gets what: every address of the house × every kind of person. A new address needs a row here.

Columns, in this order:

    nobody     not signed in
    stranger   another company's agent
    agent      the company's own agent
    person     the foreign national himself
    elsewhere  an officer with the same posts in an office that has nothing to do with the bundle
    colleague  an officer of the case's office without the post the row is about
    officer    an officer of the case's office with it

Cells: an HTTP status, or

    in     to the sign-in page          home   to the person's own first page
    done   a redirect to anywhere else: it was done

``with_``/``without`` name the desks of the demo cast that hold, and do not hold, the post. ``case`` brings the work permit
to that state first. ``data`` names what is posted (tests/access/scene.py).
"""

from __future__ import annotations

from . import table_supervision
from .rows import PEOPLE, Row

__all__ = ["PEOPLE", "ROWS", "Row"]

EVERYONE = "200  200  200  200  200  200  200"
NOBODY_AT_ALL = "404  404  404  404  404  404  404"
SIGNED_IN = "in   200  200  200  200  200  200"
# The portal: officers are shown to their own screens; they never act here.
PORTAL = "in   200  200  200  home home home"
AGENTS = "in   200  200  403  home home home"
OWN = "in   404  200  200  home home home"  # what is the company's, or the person's
OWN_AGENT = "in   404  200  403  home home home"
OWN_AGENT_DOES = "in   404  done 403  403  403  403"
# The desk: nobody from outside learns that it has pages.
DESK = "in   404  404  404  200  200  200"
LEADERS = "in   404  404  404  200  403  200"  # elsewhere leads as well: his own figures
OFFICE = "in   404  404  404  404  200  200"
OFFICE_DOES = "in   404  404  404  404  done done"
FORMER = "in   404  404  404  200  403  200"  # elsewhere the same work is done for another office
POST = "in   404  404  404  404  403  200"
POST_NOWHERE = "in   404  404  404  404  403  404"  # the post is held, the thing is not there
POST_DOES = "in   404  404  404  404  403  done"


def steps(*taken: tuple[str, str, str, str]) -> tuple[Row, ...]:
    """Rows for steps of the work permit: (step, state before, desk that may, desk that may not), asked for and taken."""
    return tuple(
        Row("desk:step", method, cells, "case", "step", before, name, may, may_not)
        for name, before, may, may_not in taken
        for method, cells in (("GET", POST), ("POST", POST_DOES))
    )


ROWS: tuple[Row, ...] = (
    # --- for machines ---
    Row("livez", "GET", EVERYONE),
    Row("readyz", "GET", EVERYONE),
    # --- how pages look ---
    Row("set_language", "POST", "done done done done done done done", data="language"),
    Row("large_type", "POST", "done done done done done done done", data="large"),
    # --- signing in ---
    Row("account_login", "GET", "200  home home home home home home"),
    Row("account_login", "POST", "200  home home home home home home"),
    Row("account_logout", "GET", "done 200  200  200  200  200  200"),
    Row("account_logout", "POST", "done done done done done done done"),
    Row("account_inactive", "GET", EVERYONE),
    Row("account_reauthenticate", "GET", SIGNED_IN),
    Row("account_change_password", "GET", SIGNED_IN),
    Row("account_change_password", "POST", SIGNED_IN),
    Row("mfa_index", "GET", SIGNED_IN),
    Row("mfa_authenticate", "GET", "in   home home home home home home"),  # only between password and code
    Row("mfa_reauthenticate", "GET", "in   done done done 200  200  200"),  # who has no factor: by password
    Row("mfa_activate_totp", "GET", "in   done done done done done done"),  # first the password again
    Row("mfa_deactivate_totp", "GET", "in   404  404  404  done done done"),
    Row("mfa_view_recovery_codes", "GET", "in   404  404  404  404  404  404"),  # none made yet
    Row("mfa_generate_recovery_codes", "GET", "in   done done done done done done"),
    Row("mfa_generate_recovery_codes", "POST", "in   done done done done done done"),
    Row("mfa_download_recovery_codes", "GET", "in   404  404  404  404  404  404"),
    # --- pages for developers: not in production ---
    Row("demo:codes", "GET", NOBODY_AT_ALL),
    Row("components", "GET", NOBODY_AT_ALL),
    # --- the public ---
    Row("portal:landing", "GET", "200  home home home home home home"),
    Row("portal:guides", "GET", EVERYONE),
    Row("portal:guide", "GET", EVERYONE, "place"),
    Row("portal:guide_matter", "GET", EVERYONE, "place_matter"),
    # Nothing is printed in this scene: everyone is told to come back in a moment.
    *(
        Row(f"portal:guide_{name}", "GET", "202  202  202  202  202  202  202", about)
        for name, about in (("pdf", "place"), ("matter_pdf", "place_matter"), ("form", "place_form"))
    ),
    Row("portal:classify", "GET", EVERYONE),
    Row("portal:classify", "POST", EVERYONE, data="classify"),
    Row("portal:verify", "GET", EVERYONE),
    Row("portal:verify", "GET", EVERYONE, "code"),
    Row("portal:verify", "POST", EVERYONE, "code"),
    # --- the portal ---
    Row("portal:home", "GET", PORTAL),
    Row("portal:company", "GET", AGENTS),
    Row("portal:company_edit", "GET", OWN_AGENT, "company"),
    Row("portal:company_edit", "POST", OWN_AGENT_DOES, "company", "company"),
    Row("portal:dossiers", "GET", PORTAL),
    Row("portal:dossier_new", "GET", AGENTS),
    Row("portal:dossier_new", "POST", "in   done done 403  403  403  403", data="person"),
    Row("portal:dossier", "GET", OWN, "dossier"),
    Row("portal:reveal", "POST", "in   404  200  200  403  403  403", "dossier", "reveal"),
    # Only the person takes a consent back.
    Row("portal:consent", "POST", "in   404  403  done 403  403  403", "dossier", "consent"),
    Row("portal:passport", "GET", OWN_AGENT, "dossier"),
    Row("portal:passport", "POST", OWN_AGENT_DOES, "dossier", "person"),
    Row("portal:work", "GET", OWN_AGENT, "engagement"),
    Row("portal:work", "POST", OWN_AGENT_DOES, "engagement", "work"),
    Row("portal:record_day", "POST", OWN_AGENT_DOES, "dossier", "day"),
    Row("portal:document", "GET", OWN, "document"),
    Row("portal:filing_start", "GET", AGENTS),
    Row("portal:filing_start", "POST", "in   400  done 403  403  403  403", data="start"),
    Row("portal:filing", "GET", OWN_AGENT, "draft"),
    Row("portal:question", "GET", OWN_AGENT, "question"),
    Row("portal:question", "POST", OWN_AGENT_DOES, "question", "answer"),
    Row("portal:materials", "GET", OWN_AGENT, "draft"),
    Row("portal:materials", "POST", OWN_AGENT_DOES, "draft", "material"),
    Row("portal:check", "GET", OWN_AGENT, "draft"),
    Row("portal:check", "POST", OWN_AGENT_DOES, "draft", "submit"),
    Row("portal:bundle", "GET", OWN, "bundle"),
    Row("portal:filed", "GET", OWN_AGENT, "bundle"),
    Row("portal:authorisation", "GET", "in   404  404  403  home home home", "bundle"),
    Row("portal:result", "GET", OWN, "bundle"),
    Row("portal:withdraw", "GET", OWN_AGENT, "bundle"),
    Row("portal:withdraw", "POST", OWN_AGENT_DOES, "bundle", "withdrawal"),
    Row("portal:case", "GET", OWN, "case"),
    Row("portal:step", "GET", OWN_AGENT, "case", step="withdraw"),
    Row("portal:step", "POST", OWN_AGENT_DOES, "case", "step", step="withdraw"),
    # An officer's step is nobody's here.
    Row("portal:step", "POST", "in   404  403  403  403  403  403", "case", "step", step="pre_review"),
    Row("portal:paper", "GET", OWN, "code"),
    Row("portal:credential", "GET", OWN, "entitlement", case="granted"),
    Row("portal:shown", "GET", EVERYONE, "shown", case="granted"),
    # --- the desk ---
    Row("desk:home", "GET", DESK),
    Row("desk:overview", "GET", LEADERS, with_="decide", without="reception"),
    Row("desk:alerts", "GET", LEADERS, with_="decide", without="reception"),
    Row("desk:failed_papers", "GET", LEADERS, with_="decide", without="reception"),
    Row("desk:quarantine", "GET", LEADERS, with_="decide", without="reception"),
    Row("desk:search", "GET", DESK),
    Row("desk:register", "GET", DESK),
    Row("desk:register_entry", "GET", OFFICE, "entitlement", case="granted"),
    Row("desk:search", "POST", DESK, data="search"),
    Row("desk:window", "GET", LEADERS, without="review"),
    Row("desk:window", "POST", LEADERS, data="search", without="review"),
    # 代办: only a window clerk, for an employer found by its code; the letter of a filing that has none is nobody's.
    Row("desk:assist", "GET", LEADERS, without="review"),
    Row("desk:assist", "POST", LEADERS, data="assist", without="review"),
    Row("desk:assist_end", "POST", "in   404  404  404  done done done"),
    Row("desk:authorisation", "GET", "in   404  404  404  404  404  404", "bundle"),
    Row("desk:days", "GET", LEADERS, without="review"),
    Row("desk:days", "POST", POST_NOWHERE, data="shut", with_="handle", without="review"),
    # Packs: for those who keep them and those who answer for them, in any office of the place.
    *(
        Row(f"desk:{name}", "GET", LEADERS, about, with_="policy", without="reception")
        for name, about in (
            ("packs", ""),
            ("pack_version", "pack_version"),
            ("pack_compare", ""),
            ("pack_propose", ""),
            ("pack_proposal", "pack_proposal"),
            ("pack_simulate", ""),
            ("pack_trial", "pack_trial"),
        )
    ),
    Row("desk:pack_propose", "GET", LEADERS, with_="policy", without="decide"),
    Row(
        "desk:pack_propose",
        "POST",
        "in   404  404  404  done 403  done",
        "",
        "pack",
        with_="policy",
        without="decide",
    ),
    Row(
        "desk:pack_simulate",
        "POST",
        "in   404  404  404  done 403  done",
        "",
        "trial",
        with_="policy",
        without="reception",
    ),
    Row(
        "desk:pack_decide",
        "POST",
        "in   404  404  404  done 403  done",
        "pack_proposal",
        "approve",
        with_="decide",
        without="policy",
    ),
    Row(
        "desk:pack_decide",
        "POST",
        "in   404  404  404  403  403  403",
        "pack_proposal",
        "approve",
        with_="policy",
        without="reception",
    ),
    Row("desk:bundle", "GET", OFFICE, "bundle"),
    Row("desk:case", "GET", OFFICE, "case"),
    Row("desk:open_choose", "GET", OFFICE, "entitlement", case="granted"),
    Row("desk:open_case", "GET", POST, "opening", case="granted", with_="review"),
    Row("desk:open_after", "GET", POST, "after", case="refused", with_="review"),
    Row("desk:open_after", "POST", POST_DOES, "after", "opening", case="refused", with_="review"),
    Row("desk:open_case", "POST", POST_DOES, "opening", "opening", case="granted", with_="review"),
    Row("desk:reveal", "POST", OFFICE, "case", "reveal_desk"),
    Row("desk:entry", "GET", POST, "case", without="review"),
    Row("desk:entry", "POST", POST_DOES, "case", "entry", without="review"),
    Row("desk:document", "GET", OFFICE, "case_document"),
    Row("desk:paper", "GET", OFFICE, "case_paper"),
    Row("desk:paper_retry", "POST", OFFICE_DOES, "case_paper"),
    *steps(
        ("pre_review", "filed", "reception", "decide"),
        ("request_supplement", "filed", "reception", "review"),
        ("accept", "pre_reviewed", "reception", "decide"),
        ("first_review", "accepted", "review", "decide"),
        ("second_review", "first_reviewed", "review", "decide"),
        ("grant", "second_reviewed", "decide", "reception"),
        ("refuse", "second_reviewed", "decide", "reception"),
        ("hold", "accepted", "review", "reception"),
        ("extend_limit", "accepted", "decide", "review"),
    ),
    # An applicant's step is nobody's at the desk.
    Row("desk:step", "POST", "in   404  404  404  404  403  403", "case", "step", step="withdraw"),
    # --- permits of the former register: who may hand a file in, and who decides ---
    Row("permits:legacy", "GET", FORMER, without="policy"),
    Row("permits:legacy_blank", "GET", DESK),
    Row("permits:legacy_new", "GET", FORMER, without="policy"),
    Row("permits:legacy_new", "POST", "in   404  404  404  400  403  400", without="policy"),
    Row("permits:legacy_import", "GET", "in   404  404  404  404  404  200", "former", without="policy"),
    Row("permits:legacy_import", "POST", POST_DOES, "former", "former", with_="decide", without="reception"),
    # --- supervision ---
    *table_supervision.ROWS,
)
