"""The pages of fidelity, `docs/fidelity/`: what each mapping keeps, changes and loses."""

import csv
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import groupby

from mappings.annex_a import rows
from mappings.caf.elements import CATALOGUE
from mappings.cin import years
from mappings.ctf import editions
from mappings.e_rs import referral
from mappings.early_help.sheet import translation
from mappings.early_help.translation import ELEMENTS_BY_PLACE
from mappings.fidelity import Fate
from mappings.hl7v2.messages import message as hl7v2_message
from mappings.language.parts import Each
from mappings.language.translation import Translation
from mappings.ssda903 import editions as returns
from mappings.uk_core import shape

TITLES = {element.path: element.title for element in CATALOGUE}

BARS = """\
# Fidelity of BaRS messages

Written from `mappings/bars/fidelity.csv`: the leaves that the mapping of a BaRS message to the CAF
takes. A leaf of the table counts as kept only if what stands there is found in the CAF that was
made of the message. **Every other leaf is unmapped**: it is reported, stays with the received
bytes, and is never shared. The extensions of an answer are listed in
[How a CAF travels in a BaRS message](../caf-in-bars.md).

`**` stands for all that is below. *Condition*: `always` taken wherever it stands; `item` if an item
of the CAF was made of its place and holds the value; `item-made` if an item was made of its place;
`followed` if a reference to its resource was followed; `anywhere` if its resource was followed and
some item holds the value.
"""

EARLY_HELP = """\
# Fidelity of early-help documents

Written from `mappings/early_help/translation.py`. Every member that the format knows is kept:
reading what was written gives the view again. `notice` is lost, because each view has its own. A
member that the format does not know is unmapped: it is reported, stays with the received bytes,
and is never shared.

| member | fate | element of the CAF | title |
|---|---|---|---|
"""


MAPPING = """\
# Fidelity of {title}

Written from `{file}`, in the [mapping language](../mappings.md). What stands in a row
is kept, changed or lost as the row says, if it can be read. **Every other leaf is unmapped**: it is
reported, stays with the received bytes, and is never shared.

| leaf | fate | element of the CAF | how, why |
|---|---|---|---|
"""


INDEX = """\
# Fidelity: what each format keeps

Every leaf of a record that comes in is *kept*, *changed* (how), *lost* (why) or *unmapped*. The
pages say it of each format; of one record its sender asks `GET /api/v1/records/{entry}/fidelity`,
and an officer `caf-gateway audit fidelity`. Below, how many lines of a page say what; whatever a
page does not name is unmapped: it stays with the bytes as received, and is never shared.

| of | kept | changed | lost |
|---|---|---|---|
"""


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page, and of their index.

    >>> [name for name, _ in pages()][-1]
    'README.md'
    """
    lines = []
    for name, text in render():
        yield name, text
        title = text.partition("\n")[0].removeprefix("# Fidelity of ")
        counts = (len(re.findall(rf"\| {fate} \|", text)) for fate in ("kept", "changed", "lost"))
        lines.append(f"| [{title}]({name}) | {' | '.join(map(str, counts))} |\n")
    yield "README.md", INDEX + "".join(sorted(lines))


def render() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page.

    >>> sorted(name for name, _ in render())[:4]
    ['annex-a.md', 'bars.md', 'cin.md', 'ctf.md']
    """
    yield "bars.md", "\n".join([BARS, *_resources()])
    yield "early-help.md", EARLY_HELP + "".join(_members())
    sheet = MAPPING.format(title="early-help spreadsheets", file="mappings/early_help/sheet.yaml")
    yield "early-help-csv.md", sheet + "".join(_rows(translation()))
    ctf = MAPPING.format(title="Common Transfer Files", file="mappings/ctf/pupil.yaml")
    yield "ctf.md", ctf + "".join(_rows(editions.pupil(editions.WRITTEN[-1])))
    cin = MAPPING.format(
        title="the children in need census",
        file="mappings/cin/child.yaml` and, below `CINdetails`, `mappings/cin/episode.yaml",
    )
    newest = years.child(years.YEARS[-1])
    of_episode = _rows(newest.episode, "CINdetails[n]/")
    yield "cin.md", cin + "".join([*_rows(newest.identity), *of_episode])
    uk_core = MAPPING.format(title="UK Core records", file="mappings/uk_core/record.yaml")
    yield "uk-core.md", uk_core + "".join(_rows(shape.translation()))
    e_rs = MAPPING.format(title="e-RS referrals", file="mappings/e_rs/referral.yaml")
    yield "e-rs.md", e_rs + "".join(_rows(referral.translation()))
    ssda903 = MAPPING.format(title="SSDA903 returns", file="mappings/ssda903/child.yaml")
    yield "ssda903.md", ssda903 + "".join(_rows(returns.child(returns.NEWEST)))
    annex_a = MAPPING.format(title="list 2 of Annex A", file="mappings/annex_a/row.yaml")
    yield "annex-a.md", annex_a + "".join(_rows(rows.row()))
    hl7v2 = MAPPING.format(title="HL7 v2 messages", file="mappings/hl7v2/message.yaml")
    yield "hl7v2.md", hl7v2 + "".join(_rows(hl7v2_message()))


def _resources() -> Iterator[str]:
    text = files("mappings.bars").joinpath("fidelity.csv").read_text("utf-8")
    rows = sorted(csv.DictReader(text.splitlines()), key=lambda row: row["resource"])
    for resource, found in groupby(rows, key=lambda row: row["resource"]):
        yield f"## {resource}\n\n| leaf | fate | condition | how, why |\n|---|---|---|---|"
        yield "".join(_leaves(found))


def _leaves(rows: Iterable[dict[str, str]]) -> Iterator[str]:
    for row in rows:
        yield f"| `{row['path']}` | {row['fate']} | {row['when']} | {row['note']} |\n"


def _members() -> Iterator[str]:
    for place, path in ELEMENTS_BY_PLACE.items():
        yield f"| `{'.'.join(place)}` | kept | `{path}` | {TITLES[path]} |\n"


def _rows(translation: Translation, around: str = "") -> Iterator[str]:
    """Yield a line for each leaf that a row of *translation*, of what is *around*, names."""
    for part in translation.parts:
        within = around
        if isinstance(part, Each):
            within += "/".join([*(part.elements.around or ()), *part.elements.names]) + "[n]/"
        for row in part.form.rows:
            note = row.loss or row.function.how
            fate = Fate.CHANGED if note else Fate.KEPT
            for slot in row.slots:
                yield _line(f"{within}{slot}", fate, f"`{part.form.element}`", note)
        for lost in part.form.lost:
            yield _line(f"{within}{lost.slot}", Fate.LOST, "", lost.why)
    for lost in translation.lost:
        yield _line(f"{around}{lost.slot}", Fate.LOST, "", lost.why)


def _line(leaf: str, fate: Fate, element: str, note: str | None) -> str:
    return f"| `{leaf.removesuffix('/.')}` | {fate.value} | {element} | {note or ''} |\n"
