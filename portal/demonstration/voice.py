"""What one language needs to say to write the archive's papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ContractTerms:
    """What is special about one contract, in its own language."""

    goods: str
    yearly_value: str
    currency: str
    delivery_place: str
    court: str


@dataclass(frozen=True)
class Voice:
    """Words, sentences and whole matters of one language.

    `matters` holds what each document, by key, is about; the other sentences are drawn by a seeded choice.
    Sentences may name {us}, {client}, {order}, {amount}, {quantity}, {days}, {percent}, {before}, {soon};
    contract sentences also {goods}, {value}, {currency}, {place}, {court}, {years}.
    """

    labels: Mapping[str, str]
    titles: Mapping[str, str]
    greetings: tuple[str, ...]
    openings: tuple[str, ...]
    fillers: tuple[str, ...]
    closings: tuple[str, ...]
    sign_offs: tuple[str, ...]
    matters: Mapping[str, tuple[str, ...]]
    call_follow_ups: tuple[str, ...]
    contract_parties: str
    clauses: tuple[tuple[str, str], ...]
    contracts: Mapping[str, ContractTerms]
    report_remarks: tuple[str, ...]
