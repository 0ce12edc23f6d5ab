"""A child of the census: who it is, and its episodes, each read by itself and then tied together.

    Child  ──identity──▶  child/*
      CINdetails[1] ──episode──▶ social_care/episodes, and parts that name it
      CINdetails[2] ──episode──▶ ...

Both are mappings of rows. What ties them is here, because no row can say it: which part belongs to
which episode. An element `CINdetails` is known by the id of its episode, and its parts stay in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from msgspec import Struct, structs

from mappings.caf.assessment import Assessment, SocialCare
from mappings.caf.social_care import ChildInNeedEpisode, EpisodePart
from mappings.fidelity import Ledger
from mappings.language.shapes import Shape
from mappings.language.translation import Placed, Translation
from mappings.language.trees import Node, Tree, copied

EPISODE: Final = "CINdetails"
_PARTS: Final = tuple(name for name in SocialCare.__struct_fields__ if name != "episodes")


class Case(Struct, frozen=True, gc=False):
    """One element `CINdetails` as it was read: *held* has its *episode*, if any, and the parts.

    *at* is its place; *tree* what stands there. The episode is None where it could not be read.
    *conferences* are the days of initial conferences: that of the episode, and of its enquiries.
    """

    at: str
    tree: Tree
    held: SocialCare
    episode: ChildInNeedEpisode | None
    conferences: tuple[date, ...]

    @classmethod
    def of(cls, at: str, tree: Tree, held: SocialCare) -> "Case":
        """Return what was read of *tree* at the place *at*, which is all that *held* has."""
        episode = held.episodes[0] if held.episodes else None
        days = [] if episode is None else [episode.initial_conference_on]
        days += [one.conference_on for one in held.enquiries]
        return cls(at, tree, held, episode, tuple([day for day in days if day is not None]))


class ChildReading(Struct, frozen=True, gc=False):
    """What was read of a child: the CAF, its episodes one by one, what could not be read."""

    assessment: Assessment
    cases: tuple[Case, ...]
    doubts: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class ChildMapping:
    """The mapping of a child of one year: *identity* for all but the episodes, and *episode*."""

    identity: Translation
    episode: Translation
    shape: Shape = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", self.identity.shape)

    def read(self, tree: Tree, *, record: str = "", at: str = "") -> ChildReading:
        """Return what *tree*, an element `Child` at the place *at*, says: nothing in it raises."""
        reading = self.identity.read(tree, record=record, at=at)
        doubts = [*reading.doubts]
        cases: list[Case] = []
        for case, place in _cases(tree, at):
            read = self.episode.read(case, record=record, at=place)
            doubts += read.doubts
            cases.append(Case.of(place, case, _tied(read.assessment.social_care)))
        assessment = Assessment(child=reading.assessment.child, social_care=_joined(cases))
        return ChildReading(assessment, tuple(cases), tuple(doubts))

    def write(
        self, assessment: Assessment, base: Tree | None = None, *, record: str = "", at: str = ""
    ) -> Tree:
        """Return *assessment* as an element `Child`: see `Translation.write`.

        A part that names no episode of the assessment has no place in it.
        """
        tree = self.identity.write(assessment, base, record=record, at=at)
        waiting = {one.id: one for one in assessment.social_care.episodes}
        of_episode = _by_episode(assessment.social_care)
        nodes: list[Node] = []
        for case, place in _cases(base or {}, at):
            was = self.episode.read(case, record=record, at=place).assessment.social_care.episodes
            if not was:
                nodes.append(copied(case))
            elif (now := waiting.pop(was[0].id, None)) is not None:
                part = _alone(now, of_episode)
                nodes.append(self.episode.write(part, case, record=record, at=place))
        nodes += [self.episode.write(_alone(one, of_episode)) for one in waiting.values()]
        if nodes:
            tree[EPISODE] = nodes
        elif EPISODE in tree and isinstance(tree[EPISODE], list):
            del tree[EPISODE]
        return tree

    def account(self, tree: Tree, *, at: str = "") -> Ledger:
        """Return the fate of every leaf of *tree*."""
        rest: Tree = {name: node for name, node in tree.items() if name != EPISODE}
        leaves = [*self.identity.account(rest, at=at).leaves]
        for case, place in _cases(tree, at):
            leaves += self.episode.account(case, at=place).leaves
        return Ledger(tuple(leaves))


def _cases(tree: Tree, at: str) -> Iterator[tuple[Tree, str]]:
    nodes = tree.get(EPISODE)
    for position, node in enumerate(nodes if isinstance(nodes, list) else [], 1):
        if isinstance(node, dict):
            yield node, f"{at}/{EPISODE}[{position}]"


def _tied(held: SocialCare) -> SocialCare:
    """Return *held*, whose parts name its episode."""
    if held.episodes:
        episode = held.episodes[0].id
        for name in _PARTS:
            for one in getattr(held, name):
                # It was made just now, and nobody else has it: this completes it.
                structs.force_setattr(one, "episode", episode)
    return held


def _joined(cases: list[Case]) -> SocialCare:
    if len(cases) == 1:
        return cases[0].held
    return SocialCare(
        **{
            name: tuple([one for case in cases for one in getattr(case.held, name)])
            for name in SocialCare.__struct_fields__
        }
    )


_Parts = Mapping[str, dict[str, tuple[EpisodePart, ...]]]
"""The parts of each episode, by its id and then by their field."""


def _by_episode(held: SocialCare) -> _Parts:
    found: dict[str, dict[str, tuple[EpisodePart, ...]]] = {}
    for name in _PARTS:
        for part in getattr(held, name):
            if part.episode:
                of_one = found.setdefault(part.episode, {})
                of_one[name] = (*of_one.get(name, ()), part)
    return found


def _alone(episode: ChildInNeedEpisode, parts: _Parts) -> Assessment:
    """Return *episode* with its own *parts*, and nothing else."""
    its_own = parts.get(episode.id, {})
    held = SocialCare(episodes=(episode,), **its_own)  # type: ignore[arg-type]  # by their fields
    return Assessment(social_care=held)
