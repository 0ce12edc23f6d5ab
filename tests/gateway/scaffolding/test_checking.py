"""Checking an adapter: what its code must not do, what is missing, what is undecided."""

import sys
from pathlib import Path

import pytest

from adapters import registry
from gateway.errors import RequestError
from gateway.scaffolding import checking, packages
from gateway.scaffolding.code import look_through
from gateway.scaffolding.package import make

CSV = "First name,Surname,Reason for referral\nWren,Sample,Sleeps badly\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "sample.csv").write_text(CSV)
    return make("acme", tmp_path / "sample.csv", tmp_path).folder


def _faults(project):
    return [(one.check, one.where) for one in checking.check(packages.find(str(project)))]


def _code(tmp_path, text):
    file = tmp_path / "code.py"
    file.write_text(text)
    return [one.check for one in look_through(file, "caf_adapter_acme", is_ours=False)]


def test_a_sound_project_has_no_fault_and_leaves_nothing_behind(project):
    before = list(sys.path)

    assert _faults(project) == []
    assert sys.path == before
    assert not [name for name in sys.modules if name.startswith("caf_adapter_acme")]


@pytest.mark.parametrize("name", ["bars", "cin", "ctf", "early-help", "hl7v2"])
def test_our_own_adapters_have_no_fault(name):
    assert checking.check(packages.find(name)) == ()
    assert name in registry.installed()


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("import gateway.storage.log", "imports"),
        ("from policies.decision import Bundle", "imports"),
        ("from adapters import xml_stream", "imports"),
        ("import mappings.ctf.pairs", "imports"),
        ("import socket", "network"),
        ("from urllib.request import urlopen", "network"),
        ("from urllib import request", "network"),
        ("import os", "file"),
        ("open('x')", "file"),
        ("def f(path):\n    return path.read_text()", "file"),
        ("def f(path):\n    path.write_bytes(b'')", "file"),
        ("from datetime import datetime\ndatetime.now()", "clock"),
        ("from datetime import date\ndate.today()", "clock"),
        ("from time import time", "clock"),
        ("import random", "chance"),
        ("import subprocess", "process"),
        ("eval('1')", "process"),
        ("import importlib\nimportlib.import_module('gateway')", "process"),
        ("import logging", "log"),
        ("print('Wren')", "log"),
        ("def f(:", "code"),
    ],
)
def test_code_that_could_decide_record_store_or_send_is_found(text, check, tmp_path):
    assert check in _code(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "from adapters.contract import Adapter\nfrom adapters.testing import conformance",
        "from mappings.caf.items import Name\nfrom mappings.language.values import STANDARD",
        "from mappings import caf, language",
        "import re, json, csv, io\nfrom lxml import etree\nfrom urllib.parse import quote",
        "from importlib.resources import files\nfiles('acme').joinpath('a').read_text()",
        "from caf_adapter_acme.pairs import FUNCTIONS\nfrom . import pairs",
        "from datetime import date\ndate.fromisoformat('2026-01-05')",
    ],
)
def test_code_that_translates_is_not(text, tmp_path):
    assert _code(tmp_path, text) == []


def test_code_that_is_found_is_not_run(project):
    (project / "caf_adapter_acme" / "adapter.py").write_text(
        "import subprocess\nraise SystemExit('it was run')\n"
    )

    assert _faults(project) == [("process", "adapter.py:1")]


def _without(project, path):
    file = project / path
    file.unlink()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda at: _without(at, "README.md"), ("page", "README.md")),
        (lambda at: _without(at, "tests/test_acme.py"), ("tests", "tests/")),
        (
            lambda at: _without(at, "caf_adapter_acme/examples/sample.csv"),
            ("examples", "examples/"),
        ),
        (
            lambda at: (at / "caf_adapter_acme/examples/other.csv").write_text("Hat\n1\n"),
            ("examples", "examples/other.csv"),
        ),
        (
            lambda at: (at / "caf_adapter_acme/map.yaml").write_text("mapping: acme\n"),
            ("mapping", ""),
        ),
        (
            lambda at: (at / "caf_adapter_acme/adapter.py").write_text("adapter = None\n"),
            ("loads", "caf_adapter_acme.adapter:adapter"),
        ),
    ],
)
def test_what_is_missing_or_broken_is_found(change, fault, project):
    change(project)

    assert _faults(project) == [fault]


def test_what_is_undecided_is_found_by_its_path(project):
    mapping = project / "caf_adapter_acme" / "map.yaml"
    mapping.write_text(
        "mapping: acme\ndescribes: acme\nrows:\n  - {theirs: Surname, lossy: to be decided}\n"
    )

    assert ("undecided", "Surname") in _faults(project)


def test_an_adapter_of_another_name_is_found(project):
    declared = project / "pyproject.toml"
    declared.write_text(declared.read_text().replace("\nacme = ", "\nbolt = "))

    assert ("name", "caf_adapter_acme.adapter:adapter") in _faults(project)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project", "is not TOML"),
        ("[project]\nname = 'a'\n", "has no entry point"),
        ("[project.entry-points.'caf_gateway.adapters']\na = 'b.c:d'\n", "has no package `b`"),
    ],
)
def test_a_project_that_is_none_is_refused(text, said, tmp_path):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(RequestError, match=said):
        packages.find(str(tmp_path))


def test_a_name_that_nothing_has_is_refused():
    with pytest.raises(RequestError, match="there is no adapter, and no project of one, `nope`"):
        packages.find("nope")
    assert not Path("nope").exists()
