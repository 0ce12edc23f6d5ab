"""The registry: allowed by name, held to a hash, refused on a clash; nothing else is ever run."""

import sys
from importlib import metadata

import pytest

from adapters.errors import AdapterClashError, UnknownAdapterError, UntrustedAdapterError
from adapters.registry import GROUP, distribution_hash, load

OURS = metadata.EntryPoint("early-help", "adapters.social_care.early_help:EarlyHelpAdapter", GROUP)
CODE = """
class Adapter:
    name = "{name}"
    media_types = ("{media_type}",)
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a distribution of one adapter, and return its entry point."""

    def install(module, *, entry="acme", name="acme", media_type="application/x-acme"):
        home = tmp_path / module
        info = home / f"{module}-1.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(CODE.format(name=name, media_type=media_type))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry} = {module}:Adapter\n")
        (info / "RECORD").write_text(f"{module}.py,,\n{module}-1.dist-info/METADATA,,\n")
        monkeypatch.syspath_prepend(str(home))
        (found,) = metadata.PathDistribution(info).entry_points
        return found

    return install


def test_an_allowed_adapter_is_found_by_name_and_by_media_type(installed):
    registry = load(["early-help", "acme"], entry_points=[OURS, installed("acme_one")])
    assert list(registry.adapters) == ["early-help", "acme"]
    assert registry.named("acme") is registry.for_media_type("Application/X-Acme; charset=utf-8")
    assert registry.for_media_type("application/json") is None


def test_an_adapter_that_is_not_allowed_is_never_run(installed):
    load(["early-help"], entry_points=[OURS, installed("acme_unwanted")])
    assert "acme_unwanted" not in sys.modules


def test_an_unknown_name_is_refused_with_the_names_that_there_are(installed):
    entry_points = [OURS, installed("acme_known")]
    with pytest.raises(
        UnknownAdapterError, match="no adapter `fax`; there are: `acme`, `early-help`"
    ):
        load(["fax"], entry_points=entry_points)
    with pytest.raises(UnknownAdapterError, match="no adapter `acme`; there are: `early-help`"):
        load(["early-help"], entry_points=entry_points).named("acme")


def test_two_adapters_of_one_name_refuse_to_start_whichever_is_allowed(installed):
    with pytest.raises(AdapterClashError, match="two distributions have an adapter `early-help`"):
        load([], entry_points=[OURS, installed("acme_thief", entry="early-help")])


def test_an_adapter_that_gives_itself_another_name_is_refused(installed):
    with pytest.raises(AdapterClashError, match="gives itself another name"):
        load(["acme"], entry_points=[installed("acme_masked", name="early-help")])


def test_two_adapters_for_one_media_type_are_refused(installed):
    media_type = "Application/vnd.caf-gateway.early-help+json"
    with pytest.raises(AdapterClashError, match="two adapters read"):
        load(
            ["early-help", "acme"],
            entry_points=[OURS, installed("acme_eager", media_type=media_type)],
        )


def test_the_very_code_that_was_allowed_is_loaded_and_changed_code_is_not(installed, tmp_path):
    entry = installed("acme_held")
    expected = distribution_hash(entry.dist)
    changed = tmp_path / "acme_held" / "acme_held.py"
    changed.write_text(changed.read_text() + "# one more line\n")
    with pytest.raises(UntrustedAdapterError, match="not those that were allowed"):
        load(["acme"], hashes={"acme": expected}, entry_points=[entry])
    assert "acme_held" not in sys.modules
    hashes = {"acme": distribution_hash(entry.dist)}
    assert list(load(["acme"], hashes=hashes, entry_points=[entry]).adapters) == ["acme"]


def test_an_adapter_without_a_distribution_holds_no_hash():
    with pytest.raises(UntrustedAdapterError):
        load(["early-help"], hashes={"early-help": "00"}, entry_points=[OURS])
