"""The generated records are what the generator writes, and nothing of it is needed at run time."""

import subprocess
import sys

from tools import generate_fhir_structs


def test_the_generated_module_is_what_the_generator_writes():
    assert (
        generate_fhir_structs.TARGET.read_text(encoding="utf-8") == generate_fhir_structs.render()
    )


def test_reading_bars_never_imports_the_reference_model():
    code = (
        "import sys, adapters.health.bars;"
        "loaded = {name.split('.')[0] for name in sys.modules};"
        "sys.exit(bool(loaded & {'fhir', 'fhir_core', 'pydantic'}))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
