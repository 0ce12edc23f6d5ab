"""Invariants are data: what is misspelt in them is refused with its line."""

import pytest

from policies.errors import DocumentError
from policies.proving.invariants import load, shipped

_CLAIM = """\
terms:
  released: outcome in permit, redact
claims:
  - name: a-claim
    holds: Something holds.
    source: a statute
"""


def _file(tmp_path, form, before="", after=""):
    file = tmp_path / "invariants.yaml"
    file.write_text(_CLAIM.replace(before, after) + form)
    return file


def test_a_claim_has_a_name_a_sentence_and_a_source():
    claims = shipped().claims
    assert len({claim.name for claim in claims}) == len(claims)
    assert all(claim.sentence.endswith(".") and claim.source for claim in claims)


def test_a_well_formed_claim_is_read(tmp_path):
    (claim,) = load(_file(tmp_path, "    never: shielded and released\n")).claims
    assert (claim.name, claim.sentence) == ("a-claim", "Something holds.")


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ("    never: sheilded and released\n", r":4: claim `a-claim`: .* did you mean `shielded`"),
        ("    never: shielded and relesed\n", r":4: claim `a-claim`: .* did you mean `released`"),
        (
            "    changing: [trainign]\n",
            r":4: claim `a-claim`: unknown fact, did you mean `training`",
        ),
        ("", r":4: claim `a-claim`: a claim has one form"),
        ("    never: shielded\n    changing: [training]\n", "a claim has one form"),
        ("    when: always\n    owes: [acount]\n", "no such word .* did you mean `account`"),
        ("    nevre: shielded\n", "did you mean `never`"),
    ],
)
def test_what_is_wrong_with_a_claim_is_said_with_its_line(tmp_path, form, complaint):
    with pytest.raises(DocumentError, match=complaint):
        load(_file(tmp_path, form))


def test_a_misspelt_term_is_refused_with_its_line(tmp_path):
    file = _file(tmp_path, "    never: shielded\n", "outcome in permit", "outcome in permitt")
    with pytest.raises(DocumentError, match=r":2: term `released`: .* did you mean `permit`"):
        load(file)
