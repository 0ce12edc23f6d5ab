"""Run by the interpreter of `be-cin`: the rules that each child of a return breaks, as JSON.

usage: be_cin_findings.py RULESET < RETURN.xml
"""

import importlib
import json
import logging
import sys
import warnings
from xml.etree import ElementTree as ET

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)


def main() -> None:
    """Print the codes of the rules by child, and under "" those of the whole return."""
    from cin_validator import cin_validator  # noqa: PLC0415 - it warns while it is imported

    registry = importlib.import_module(f"cin_validator.rules.{sys.argv[1]}").registry
    root = ET.fromstring(sys.stdin.buffer.read())  # noqa: S314 - written by the test itself
    tables = cin_validator.process_data(cin_validator.convert_data(root))
    found = cin_validator.CinValidator(tables, registry, selected_rules=None)
    issues = found.full_issue_df
    codes: dict[str, list[str]] = {
        "": sorted({str(one) for one in found.multichild_issues["rule_code"]})
    }
    for child, rule in zip(issues["child_id"], issues["rule_code"], strict=True):
        codes.setdefault(str(child), []).append(str(rule))
    print(json.dumps({child: sorted(set(rules)) for child, rules in codes.items()}))  # noqa: T201 - it is asked for


main()
