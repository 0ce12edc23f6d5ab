"""The decision rules once more, one category at a time, in plain Python: an oracle for the rows.

Written as a lawyer would read them aloud, without masks, terms or rows. It knows no unrecorded
facts: those are tried by enumeration.
"""

from policies.attributes import Facts
from policies.vocabulary import (
    ADMIN,
    AGENCIES,
    EDUCATION,
    EDUCATION_AGENCIES,
    HEALTH,
    HEALTH_AGENCIES,
    LISTED,
    LOCATING,
    SENSITIVE,
    T2,
    T3,
)

RISKS = ["none", "emerging", "in_need", "significant_harm", "immediate"]
SECONDARY = {"research", "statistics", "service_planning", "statutory_return"}
OWN_REGIME = SECONDARY | {"court", "sar", "parent_access"}
HOUSING_OR_VOLUNTARY = {"housing", "voluntary"}


class Reading:
    """One category on one set of facts."""

    def __init__(self, facts: Facts, category: str) -> None:
        self.f = facts
        self.c = category
        self.owed = {"account"}
        f = facts
        self.risky = RISKS.index(f.risk)
        self.protective = (f.purpose == "s47" and f.s47_open) or self.risky >= 3
        self.pc = (
            self.protective
            and f.recipient in {"la_social_care", "police"}
            and f.role not in {"researcher", "analyst", "parent", "child"}
        )
        self.designated = f.recipient in LISTED or (
            f.recipient in HOUSING_OR_VOLUNTARY and f.commissioned
        )
        lead = f.role == "safeguarding_lead"
        self.lead = lead
        self.ps = self.pc or (self.protective and self.designated and lead)
        self.competent = f.competent == "yes" or (f.competent == "unknown" and f.age >= 16)
        self.in_order = f.court_order == "disclose" and category in f.court_scope

    def decide(self) -> tuple[str, str]:
        """Return the outcome and the rule; `owed` then holds the obligations."""
        outcome, rule, section = self.settle()
        outcome, rule = self.break_glass(outcome, rule, section)
        if outcome in {"deny", "refer", "redact"}:
            self.owed.add("record_reason")
        return outcome, rule

    def settle(self) -> tuple[str, str, str]:
        """Go through A to G."""
        for section, step in (
            ("A", self.absolute),
            ("B", self.court),
            ("C", self.parent_access),
            ("C", self.sar),
            ("D", self.secondary),
            ("E", self.gates),
            ("E", self.consent),
            ("G", self.overlay),
        ):
            found = step()
            if found:
                return *found, section
        if self.protective:
            return "permit", "E16", "E"
        return "permit", "E15" if self.by_override() else "E17", "E"

    def guarded(self, rule: str) -> tuple[str, str]:
        """refer/deny."""
        return ("refer" if self.protective else "deny"), rule

    def notify(self) -> None:
        """Add the notify line."""
        line = {"yes": "inform_family", "no": "do_not_inform"}
        self.owed.add(line.get(self.f.notify_safe, "advice_before_informing"))

    def absolute(self) -> tuple[str, str] | None:
        f, c = self.f, self.c
        if f.court_order == "prohibit" and c in f.court_scope:
            if self.protective:
                self.owed.add("alert_legal")
            return "deny", "A1"
        if not f.identity_verified:
            return "deny", "A2"
        if f.recipient == "parent" and f.parent_is_risk:
            grave = LOCATING | T3 | {"police_incident", "social_care", "sibling"}
            return ("deny" if c in grave else "refer"), "A6"
        if f.purpose not in OWN_REGIME:
            if c == "adoption" and "adoption" not in f.clearance:
                return ("refer" if self.pc else "deny"), "A4"
            if c == "police_intel":
                found = self.intelligence()
                if found:
                    return found, "A5"
        return None if self.fits() else ("deny", "A3")

    def intelligence(self) -> str | None:
        f = self.f
        if f.recipient == "police" and "police_intel" in f.clearance:
            return None
        if f.police_handling == "unknown":
            return "refer"
        if f.police_handling == "restricted":
            return "refer" if self.protective and f.recipient in LISTED else "deny"
        allowed = f.recipient in {"la_social_care", "police", "probation", "yot"} or self.lead
        return None if allowed else "deny"

    def fits(self) -> bool:
        f = self.f
        direct = {
            "sar": "child",
            "parent_access": "parent",
            "statutory_return": "dfe",
            "court": "court",
        }
        if f.purpose in direct:
            return f.recipient == direct[f.purpose]
        if f.purpose in SECONDARY:
            return f.role in {"researcher", "analyst"} and (
                f.recipient in AGENCIES or f.recipient in {"researcher", "dfe"}
            )
        return f.recipient in AGENCIES or self.in_order

    def court(self) -> tuple[str, str] | None:
        if self.f.court_order == "unverified":
            self.owed.add("alert_legal")
            return "refer", "B1"
        if self.in_order:
            return ("refer", "B3") if self.c == "police_intel" else ("permit", "B2")
        if self.f.purpose == "court":
            return ("deny", "B2") if self.f.court_order == "disclose" else ("refer", "B1")
        return None

    def about_others(self) -> tuple[str, str]:
        return ("permit" if self.f.third_party_consent else "redact"), "C2"

    def harm(self) -> tuple[str, str]:
        return ("permit" if self.f.serious_harm == "none_found" else "refer"), "C4"

    def parent_access(self) -> tuple[str, str] | None:  # noqa: C901, PLR0911, PLR0912 - the rules, in order
        f, c = self.f, self.c
        if f.purpose != "parent_access":
            return None
        if f.parent_pr != "yes":
            return ("deny" if f.parent_pr == "no" else "refer"), "C10"
        no = f.child_consent in {"refused", "withdrawn"}
        if self.competent:
            if no:
                return "deny", "C11"
            if f.child_consent == "not_asked":
                return "refer", "C11"
            if c in f.refused or c not in f.consent_scope:
                return "deny", "C11"
        if f.competent == "unknown" and 12 <= f.age <= 15:
            return "refer", "C12"
        if c == "adoption":
            return "deny", "C5"
        if f.shielded and c in LOCATING:
            return "refer", "C15"
        if c in {"third_party", "sibling"}:
            return self.about_others()
        if not self.competent and no and (c in SENSITIVE or c == "caf_needs"):
            return "refer", "C13"
        if c in {"domestic_abuse", "police_intel", "police_incident", "social_care"}:
            return "refer", "C14"
        if c == "sexual_health" and not self.competent:
            return "refer", "C13"
        return self.harm() if c in HEALTH else ("permit", "C1")

    def sar(self) -> tuple[str, str] | None:  # noqa: PLR0911 - the rules, in order
        f, c = self.f, self.c
        if f.purpose != "sar":
            return None
        if not self.competent:
            return "refer", "C0"
        if c == "adoption":
            return "deny", "C5"
        if c == "police_intel":
            return "refer", "C3"
        if f.shielded and c in LOCATING:
            return "refer", "C15"
        if f.adopted and c == "family":
            return "redact", "C6"
        if c in {"third_party", "sibling"}:
            return self.about_others()
        tested = HEALTH | {"social_care", "parenting", "domestic_abuse", "police_incident"}
        return self.harm() if c in tested else ("permit", "C1")

    def secondary(self) -> tuple[str, str] | None:  # noqa: PLR0911 - the rules, in order
        f, c = self.f, self.c
        if f.purpose not in SECONDARY:
            return None
        if f.purpose == "statutory_return":
            return ("permit" if c in f.agreement_covers else "deny"), "D3"
        if f.deidentified:
            if f.approval:
                return "permit", "D1"
            refer = f.purpose == "research" or c in T2 | T3
            return ("refer" if refer else "permit"), "D1"
        if not f.approval or c in T3:
            return "deny", "D2"
        if f.shielded and c in LOCATING and "shield" not in f.clearance:
            return "deny", "D5"
        if f.opted_out and c in HEALTH:
            return "deny", "D4"
        return "permit", "D2"

    def gates(self) -> tuple[str, str] | None:  # noqa: C901, PLR0911, PLR0912 - the rules, in order
        f, c = self.f, self.c
        if f.purpose == "s47" and not self.protective:
            return "refer", "E0"
        if f.detriment == "yes":
            return self.guarded("E1")
        if f.role == "admin" and c not in ADMIN:
            return ("refer" if self.pc else "deny"), "E2"
        if not f.on_team and not self.ps:
            return self.guarded("E3")
        if f.training == "lapsed":
            return self.guarded("E4")
        if f.agreement == "suspended":
            return self.guarded("E5")
        judged = f.judgement == "made"
        if f.agreement in {"expired", "none"}:
            if self.ps:
                self.owed.add("ig_notify_agreement_gap")
            else:
                refer = self.protective or (judged and self.designated)
                return ("refer" if refer else "deny"), "E6"
        if not f.agreement_purpose and not self.ps:
            return self.guarded("E7")
        if f.case == "closed" and not self.ps:
            return ("refer" if self.protective or judged else "deny"), "E8"
        if c not in f.agreement_covers:
            if not self.protective:
                return "deny", "E9"
            if not (self.ps and judged):
                return "refer", "E9"
        if f.area == "out":
            self.owed.add("verify_recipient")
        return None

    def state(self) -> str:
        f = self.f
        both = f.child_consent == f.parent_consent == "given"
        if f.competent == "unknown" and 13 <= f.age <= 15 and not both:
            return "unclear"
        said = f.child_consent if self.competent else f.parent_consent
        if said == "conflict":
            return "unclear"
        if said in {"refused", "withdrawn"} or self.c in f.refused:
            return "refused"
        if said == "not_asked":
            return "unasked"
        if f.consent_expired:
            return "lapsed"
        return "ok" if self.c in f.consent_scope else "unasked"

    def exempt(self) -> bool:
        f, c = self.f, self.c
        if {f.holder, f.recipient} <= EDUCATION_AGENCIES:
            if f.purpose in {"education", "transfer"} and c in EDUCATION:
                return True
            file = {"social_care", "parenting", "caf_needs", "action_plan"}
            if f.purpose == "transfer" and self.lead and c in file:
                return True
        ordinary = (HEALTH - T3) | {"identity", "contact", "address", "family"}
        return (
            f.purpose == "direct_care"
            and {f.holder, f.recipient} <= HEALTH_AGENCIES
            and c in ordinary
            and self.state() in {"unasked", "lapsed"}
        )

    def by_override(self) -> bool:
        return not self.protective and self.state() != "ok" and not self.exempt()

    def consent(self) -> tuple[str, str] | None:
        f, c = self.f, self.c
        if self.by_override():
            duty = f.judgement == "made" and self.designated and f.holder in LISTED
            if duty and f.duty_in_force:
                if f.detriment == "not_considered":
                    return "refer", "E11"
                if c in SENSITIVE | T3:
                    return "refer", "E12"
            else:
                return self.no_consent()
        if self.protective or self.by_override():
            self.notify()
            self.owed.add("record_reason")
        return None

    def no_consent(self) -> tuple[str, str]:
        state = self.state()
        if state == "unclear":
            return "refer", "E10"
        if self.risky >= 2 and self.designated:
            return "refer", "E13"
        if state in {"unasked", "lapsed"}:
            safe = self.f.notify_safe == "yes"
            self.owed.add("seek_consent" if safe else "advice_before_informing")
        return "deny", "E14"

    def overlay(self) -> tuple[str, str] | None:  # noqa: C901, PLR0911, PLR0912 - the rules, in order
        f, c = self.f, self.c
        school = f.recipient in EDUCATION_AGENCIES
        outside = school or f.recipient in HOUSING_OR_VOLUNTARY
        clinical = f.recipient in HEALTH_AGENCIES
        if f.shielded and c in LOCATING and "shield" not in f.clearance:
            return ("refer" if self.pc else "deny"), "G1"
        if f.adopted and c == "family" and "adoption" not in f.clearance:
            return "redact", "G10"
        if c == "third_party" and not f.third_party_consent and not self.pc:
            return "redact", "G2"
        if c == "sibling" and not self.pc:
            return "redact", "G3"
        if c == "domestic_abuse" and not self.pc:
            return ("deny" if outside and not self.lead else "redact"), "G4"
        if c == "police_incident":
            if f.recipient in HOUSING_OR_VOLUNTARY and not self.ps:
                return "deny", "G5"
            if school:
                return ("redact" if self.lead else "deny"), "G5"
        if c == "mental_health" and not clinical and f.recipient != "la_social_care":
            return None if self.pc else ("redact", "G6")
        if c == "sexual_health":
            found = self.sexual_health(clinical=clinical)
            return (found, "G7") if found else None
        if c == "substance_use" and not clinical and f.recipient not in {"la_social_care", "yot"}:
            return None if self.pc else ("deny", "G8")
        if c == "social_care" and outside and not self.lead:
            return "redact", "G9"
        if c == "parenting":
            if school and not self.lead:
                return "redact", "G11"
            if f.recipient == "housing":
                return "deny", "G11"
        return None

    def sexual_health(self, *, clinical: bool) -> str | None:
        f = self.f
        if self.pc:
            return None if f.judgement == "made" else "refer"
        if clinical and f.purpose == "direct_care" and self.competent and self.state() == "ok":
            return None
        return "refer" if self.protective or f.recipient == "la_social_care" else "deny"

    def break_glass(self, outcome: str, rule: str, section: str) -> tuple[str, str]:
        f = self.f
        order = rule == "B1" and f.court_order == "unverified" and self.ps and self.risky == 4
        asked = (section in {"E", "G"} and outcome != "permit") or order
        if not f.break_glass or not asked:
            return outcome, rule
        may = {"social_worker", "police_officer", "clinician", "safeguarding_lead"}
        if f.role not in may or self.risky != 4:
            self.owed.add("ig_review_misuse")
            return outcome, rule
        if outcome == "redact" or f.detriment == "yes" or f.recipient not in AGENCIES:
            return outcome, rule
        if not f.justification:
            return "refer", "H1"
        self.owed |= {"retro_review_24h", "record_reason", "alert_ig"}
        self.notify()
        if f.area == "out":
            self.owed.add("verify_recipient")
        overlay = self.overlay()
        return ("redact" if overlay and overlay[0] == "redact" else "break_glass"), "H2"


def decide(facts: Facts, category: str) -> tuple[str, str, frozenset[str]]:
    """Return the outcome, the rule and the obligations for *category* on recorded *facts*."""
    reading = Reading(facts, category)
    outcome, rule = reading.decide()
    return outcome, rule, frozenset(reading.owed)
