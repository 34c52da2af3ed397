"""The phrasebook: draws exactly labelled requests of any task family.

Why: contrastive training needs many wordings of one task, and wordings of other tasks about the same things. Here both
are drawn on purpose: two draws of one family avoid the same template, and any two families can be made to speak of the
same topic, passage or sentence, so that shared words stop being a sign of the shared task.

Price: about two seconds to read the files once, then some 25 µs a request.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Literal

from taskscape.errors import UsageError
from taskscape.training.generator import styles
from taskscape.training.generator.files import CLASS_VERBS, Family, Template
from taskscape.training.generator.template import Rendered, Slots, noun_lemma, render, slot_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from taskscape.tasks.label import Kind

_OPTIONS_SHARE = 0.25  # of requests that have possible answers: those that name them
_TRAP_GROUPS = 2 / 3  # of the traps: those that were written as such
_GRAMMAR_SHARE = 0.4  # of `generate`: families written by hand are fewer and need more draws each


@dataclass(frozen=True, slots=True)
class Generated:
    """One request with everything that is known of it.

    Parameters
    ----------
    text
        The request.
    family
        The task family it was drawn from: what a paraphrase shares.
    task
        ``verb|noun`` of this very sentence, by IEB's convention, where `exact`; else the usual label of its family.
    kind
        Syntactic kind of the request.
    verb_span, noun_span
        Character offsets of the words of the label; None where one is a class (``what|knowledge``) or not in the text.
    template
        Id of the phrasing.
    style
        Manner: ``plain``, or some of polite, role, limit, greeting, closing, lower, typo, input, before, blank, joined
        by ``+``.
    exact
        Whether `task` is read from this sentence. A statement ("My parcel has vanished.") or a bare phrase has only the
        label of its family: good for pairs, not for learning to label.
    """

    text: str
    family: str
    task: str
    kind: Kind
    verb_span: tuple[int, int] | None
    noun_span: tuple[int, int] | None
    template: str
    style: str
    exact: bool


class Phrasebook:
    """Families of phrasings, to draw from.

    Parameters
    ----------
    families
        By name; grammar families are named by their label, ``write|poem``.
    slots
        The lists that fill the templates.
    traps
        Groups of templates which share words but belong to other families.
    """

    def __init__(self, families: dict[str, Family], slots: Slots, traps: list[list[Template]] | None = None) -> None:
        self.families = families
        self.slots = slots
        self._traps = traps or []
        self.written = [name for name in families if "|" not in name]
        self.grammar = [name for name in families if "|" in name]

    def sample(
        self,
        family: str,
        rng: random.Random,
        *,
        unlike: Generated | None = None,
        bound: dict[str, str] | None = None,
        bare: bool = False,
    ) -> Generated:
        """Draw one request.

        Parameters
        ----------
        family
            Name of the family.
        rng
            Source of chance.
        unlike
            A request whose template is not drawn again (where the family has another).
        bound
            Slot values to use; values drawn are added, so that a second draw with it speaks of the same things.
        bare
            Leave the family's input away.

        Raises
        ------
        UsageError
            No such family.
        """
        entry = self.families.get(family)
        if entry is None:
            raise UsageError(f"no task family is named {family!r}; `families()` lists the {len(self.families)} names")
        templates = entry.templates
        template = templates[int(rng.random() * len(templates))]
        while unlike is not None and template.id == unlike.template and len(templates) > 1:
            template = templates[int(rng.random() * len(templates))]
        return self._fill(entry, template, rng, {} if bound is None else bound, bare=bare)

    def plain_drawings(self, rng: random.Random) -> Iterator[Generated]:
        """Draw each template that was written by hand once, traps too, without manners and input."""
        written = [self.families[name].templates for name in self.written]
        for template in chain(*written, *self._traps):
            yield self._fill(self.families[template.family], template, rng, {}, bare=True, plain=True)

    def _fill(
        self,
        family: Family,
        template: Template,
        rng: random.Random,
        bound: dict[str, str],
        *,
        bare: bool = False,
        plain: bool = False,
    ) -> Generated:
        out = Rendered()
        render(template.body, self.slots, bound, rng, out)
        out.text = out.text[:1].upper() + out.text[1:] if template.body[0][0] != "slot" else out.text
        if template.label:
            verb, _, noun = template.label.partition("|")
        else:
            default_verb, _, default_noun = family.label.partition("|")
            verb = out.verb[2] if out.verb else default_verb
            noun = noun_lemma(out.noun, out.text) if out.noun else "none" if out.verb else default_noun
        kind = styles.kind_of(out.text, out.verb[0] if out.verb else None, verb)
        manners = []
        if not plain:
            options = family.options if not template.whole and rng.random() < _OPTIONS_SHARE else None
            if options and _asks_for_choice(out.text, options):
                out.text += " " + self.slots.draw(options, bound, rng)
            manners.append(styles.dress(out, rng) if family.tone == "task" else styles.greet(out, rng))
            manners.append(styles.hasten(out, rng))
        if family.input and not template.whole and not bare:
            manners.append(self._attach(family.input, out, rng, bound))
        return Generated(
            out.text,
            family.name,
            f"{verb}|{noun}",
            kind,
            out.verb[:2] if out.verb else None,
            out.noun[:2] if out.noun else None,
            template.id,
            "+".join(filter(None, manners)) or "plain",
            template.label is not None or out.verb is not None,
        )

    def _attach(self, name: str, out: Rendered, rng: random.Random, bound: dict[str, str]) -> str:
        """Put the input of the request after it, before it, as a blank to be filled, or leave it out."""
        draw = rng.random()
        if draw < 0.35:
            return ""
        if draw < 0.5 and name + "_blank" in self.slots:
            out.text += rng.choice(("\n", "\n\n", " ")) + self.slots.draw(name + "_blank", bound, rng)
            return "blank"
        value = self.slots.draw(name, bound, rng)
        if draw < 0.88:
            joint = rng.choice(
                ("\n\n", "\n", " ", "\n\nInput: ", "\n\nText: ", "\n---\n") if ":" not in value else ("\n\n", "\n")
            )
            if joint == " " and out.text[-1:] in ".!" and rng.random() < 0.7:
                out.text = out.text[:-1] + ":"
            out.text += joint + value
            return "input"
        styles.prepend(out, value + rng.choice(("\n\n", "\n", "\n---\n")))
        return "before"

    def generate(self, count: int, *, seed: int = 0, families: Iterable[str] | None = None) -> list[Generated]:
        """Draw `count` requests, families at even odds (written families 60 %, grammar 40 %)."""
        rng = random.Random(seed)
        if families is not None:
            chosen = list(families)
            return [self.sample(rng.choice(chosen), rng) for _ in range(count)]
        pools = [pool for pool in (self.grammar, self.written) if pool]
        return [
            self.sample(rng.choice(pools[0] if rng.random() < _GRAMMAR_SHARE else pools[-1]), rng) for _ in range(count)
        ]

    def pairs(
        self, count: int, *, seed: int = 0, families: Iterable[str] | None = None
    ) -> list[tuple[Generated, Generated]]:
        """Draw pairs of one family, of two templates, with the fewest words in common among three draws."""
        rng = random.Random(seed)
        chosen = list(families) if families is not None else self.written
        pairs = []
        for _ in range(count):
            first = self.sample(rng.choice(chosen), rng)
            others = [self.sample(first.family, rng, unlike=first) for _ in range(3)]
            pairs.append((first, min(others, key=lambda other: overlap(first.text, other.text))))
        return pairs

    def traps(self, count: int, *, seed: int = 0) -> list[tuple[Generated, ...]]:
        """Draw requests that share words and ask for different things.

        Two in three come from the groups written for it, the others put two unrelated families on the same topic, text
        or sentence.

        Returns
        -------
        list of tuple of Generated
            The two, and behind them other wordings of the same tasks, where their group has any.
        """
        rng = random.Random(seed)
        by_slot = self._by_slot()
        drawn: list[tuple[Generated, ...]] = []
        while len(drawn) < count:
            if self._traps and (rng.random() < _TRAP_GROUPS or not by_slot):
                group = rng.choice(self._traps)
                pair = rng.sample(group, 2)
                alike = [[t for t in group if t.family == one.family and t is not one] for one in pair]
                others = [rng.choice(found) for found in alike if found]
            else:
                members = by_slot[rng.choice(list(by_slot))]
                pair, others = [rng.choice(members), rng.choice(members)], []
            if pair[0].family in {pair[1].family, *self.related(pair[1].family)}:
                continue
            bound: dict[str, str] = {}
            drawn.append(tuple(self._fill(self.families[t.family], t, rng, bound) for t in (*pair, *others)))
        return drawn

    def _by_slot(self) -> dict[str, list[Template]]:
        """Templates by the slots they or their family's input use, for slots that several families share."""
        found: dict[str, list[Template]] = {}
        for name in self.written:
            for template in self.families[name].templates:
                for slot in slot_names(template.body):
                    found.setdefault(slot, []).append(template)
        return {slot: members for slot, members in sorted(found.items()) if len({m.family for m in members}) > 1}

    def hard_negatives(self, family: str) -> list[str]:
        """Families that ask for something else with the same words: named as near, or with the same verb or noun."""
        entry = self.families[family]
        related = self.related(family)
        found = {name for name in entry.near if name in self.families}
        found |= {name for name, other in self.families.items() if family in other.near}
        verb, _, noun = entry.label.partition("|")
        if verb not in CLASS_VERBS and noun not in ("none", "knowledge", "task"):
            found |= {name for name in self.grammar if name.startswith(verb + "|") or name.endswith("|" + noun)}
            found |= {name for name in self.written if noun == self.families[name].label.partition("|")[2]}
        return sorted(found - related)

    def related(self, family: str) -> frozenset[str]:
        """Families that must not be drawn against this one.

        Itself, those declared the same, and, between the grammar and the written families, those that share a label.
        """
        return self._related[family]

    @cached_property
    def _related(self) -> dict[str, frozenset[str]]:
        groups: dict[str, set[str]] = {name: {name} for name in self.families}
        carriers: dict[str, set[str]] = {}
        for name in self.written:
            for label in self.labels(name):
                carriers.setdefault(label, set()).add(name)
            for other in self.families[name].same:
                if other in groups:
                    groups[name].add(other)
                    groups[other].add(name)
        for name in self.grammar:
            for other in carriers.get(name, ()):
                groups[name].add(other)
                groups[other].add(name)
        return {name: frozenset(group) for name, group in groups.items()}

    def labels(self, family: str) -> frozenset[str]:
        """Labels that the templates of a family carry, as far as they are fixed by the words."""
        return frozenset().union(*(template.labels for template in self.families[family].templates))

    def only(self, families: Collection[str] | None = None, *, without_tasks: Collection[str] = ()) -> Phrasebook:
        """Phrasebook of some families, and without the templates that can carry one of these labels.

        Give `without_tasks` the labels of a test set (each ``##`` alternative) to keep a training run clean.
        """
        banned = frozenset(without_tasks)
        kept = {}
        for name, family in self.families.items():
            if families is not None and name not in families:
                continue
            templates = [t for t in family.templates if not t.labels & banned]
            if templates:
                kept[name] = replace(family, templates=templates)
        groups = [[t for t in group if t.family in kept and not t.labels & banned] for group in self._traps]
        traps = [group for group in groups if len({t.family for t in group}) > 1]
        return Phrasebook(kept, self.slots, traps)

    def split(
        self, *, seed: int = 0, share: float = 0.2, by: Literal["family", "template"] = "family"
    ) -> tuple[Phrasebook, Phrasebook]:
        """Part for training and part for development.

        Parameters
        ----------
        seed
            Which part.
        share
            Share of development.
        by
            ``"family"``: whole families (with their related ones) unseen; ``"template"``: every family in both, with
            other templates.
        """
        rng = random.Random(seed)
        if by == "template":
            parts: list[dict[str, Family]] = [{}, {}]
            for name, family in self.families.items():
                shuffled = rng.sample(family.templates, len(family.templates))
                cut = max(1, round(len(shuffled) * share)) if len(shuffled) > 1 else 0
                for part, templates in zip(parts, (shuffled[cut:], shuffled[:cut]), strict=True):
                    if templates:
                        part[name] = replace(family, templates=templates)
            return Phrasebook(parts[0], self.slots, self._traps), Phrasebook(parts[1], self.slots)
        held: set[str] = set()
        for pool in (self.written, self.grammar):
            for name in rng.sample(pool, len(pool)):
                if len(held.intersection(pool)) >= share * len(pool):
                    break
                held |= self._whole_task(name)
        return self.only([name for name in self.families if name not in held]), self.only(held)

    def _whole_task(self, name: str) -> set[str]:
        """Gather a family, those declared the same (to any depth), and the grammar families that share a label."""
        if name in self.grammar:
            return {name}
        found, waiting = set[str](), {name}
        while waiting:
            found.add(current := waiting.pop())
            waiting |= {other for other in self.related(current) if "|" not in other} - found
        return found.union(*(self.related(member) for member in found))


def _asks_for_choice(text: str, options: str) -> bool:
    """Whether the possible answers fit behind this sentence: yes and no only behind a question or "whether"."""
    return options != "yesno" or text.endswith("?") or " if " in text or " whether " in text


def overlap(first: str, second: str) -> float:
    """Share of words in common, 0 to 1: Jaccard over words of four letters and more, mostly content words."""
    one = {word for word in first.lower().split() if len(word) > 3}
    other = {word for word in second.lower().split() if len(word) > 3}
    return len(one & other) / max(1, len(one | other))
