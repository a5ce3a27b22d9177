"""The appendix: what each figure counts."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import CondPageBreak, Flowable

from portal.reports.papers.setting import Setter
from portal.reports.papers.words import Content


def appendix(content: Content, setter: Setter) -> Iterator[Flowable]:
    """Each figure with its definition, under its section."""
    yield CondPageBreak(150)
    yield setter.heading(content.appendix_title, "section", key="appendix", level=0)
    for note in content.notes:
        yield setter.lines(note, "text")
    for section in content.sections:
        yield CondPageBreak(60)
        yield setter.lines(section.title, "figure")
        for figure in section.figures:
            yield CondPageBreak(30)
            yield setter.lines(figure.title, "term")
            yield setter.lines(figure.definition, "text")
