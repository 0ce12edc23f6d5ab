"""The conformance kit: what every adapter is held to, ours and anybody's, as tests of pytest.

    from adapters.testing import conformance
    from caf_adapter_acme.adapter import adapter

    TestAcme = conformance(adapter)

    suite     the tests, one for each check, with an id for each example
    checks    the checks themselves: each yields what is wrong
    kit       what the kit is told of an adapter
    wires     XML, JSON, CSV and HL7 v2, as far as records have to be altered and looked through
    hostile, ordeal    what is sent by who means harm; read in a process of its own, within bounds
    cafs      strategies of hypothesis: any CAF at all

It needs pytest and hypothesis, which nothing else of the adapters does.
"""

from adapters.testing.suite import conformance

__all__ = ["conformance"]
