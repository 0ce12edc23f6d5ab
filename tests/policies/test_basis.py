"""Bases that the case must bear out before anybody else hears of a request."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from policy_facts import ORDINARY

from policies.attributes import Facts
from policies.basis import SHIPPED, Bases, shipped
from policies.decision import Bundle
from policies.errors import DocumentError
from policies.vocabulary import Purpose, Risk

DAY = dt.date(2026, 11, 20)
BUNDLE = Bundle.load()


@given(
    st.sampled_from([None, True, False]),
    st.sampled_from([None, *Risk]),
)
def test_what_the_rules_refer_as_an_enquiry_not_borne_out_is_not_supported(s47_open, risk):
    facts = replace(ORDINARY, purpose=Purpose.S47, s47_open=s47_open, risk=risk)
    rules = BUNDLE.decide(facts, ["identity"], as_of=DAY).rulings["identity"].rules
    if rules == ("E0",):
        assert shipped().unsupported(facts) is not None
    if shipped().unsupported(facts) is None:
        assert rules != ("E0",)


@pytest.mark.parametrize(
    ("facts", "is_supported"),
    [
        pytest.param({"purpose": "s47"}, False, id="nothing is recorded"),
        pytest.param({"purpose": "s47", "risk": "in_need"}, False, id="in need alone"),
        pytest.param({"purpose": "s47", "risk": "significant_harm"}, True, id="harm"),
        pytest.param({"purpose": "s47", "s47_open": True}, True, id="an open enquiry"),
        pytest.param({"purpose": "s47", "s47_open": False}, False, id="a closed one"),
        pytest.param({"purpose": "court", "court_order": "none"}, False, id="no order"),
        pytest.param({"purpose": "court", "court_order": "unverified"}, True, id="unread"),
        pytest.param({"purpose": "parent_access", "parent_pr": "no"}, False, id="no PR"),
        pytest.param({"purpose": "parent_access", "parent_pr": "unknown"}, True, id="PR unknown"),
        pytest.param({"purpose": "early_help"}, True, id="a purpose that rests on nothing"),
        pytest.param({}, True, id="no purpose"),
    ],
)
def test_a_purpose_is_supported_by_what_is_on_record_alone(facts, is_supported):
    assert (shipped().unsupported(Facts.parse(facts)) is None) is is_supported


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("s47_open:", "s47_opened:"), "did you mean `s47_open`"),
        (("immediate", "immediat"), "did you mean `immediate`"),
        (("purpose: s47", "purpose: s74"), "did you mean `s47`"),
    ],
)
def test_a_misspelt_basis_is_refused_with_file_and_line(tmp_path, change, complaint):
    path = tmp_path / "basis.yaml"
    path.write_text(SHIPPED.read_text().replace(*change, 1))
    with pytest.raises(DocumentError, match=complaint) as refused:
        Bases.load(path)
    assert "basis.yaml:" in str(refused.value)
