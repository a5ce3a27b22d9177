"""The appendix: what each figure counts."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import CondPageBreak, Flowable

from portal.reports.papers.setting import WIDTH, Setter
from portal.reports.papers.words import Content


def appendix(content: Content, setter: Setter) -> Iterator[Flowable]:
    """Each figure with its definition, under its section."""
    yield CondPageBreak(150)
    yield setter.heading(content.appendix_title, "section", key="appendix", level=0)
    for note in content.notes:
        yield setter.lines(note, "text")
    for section in content.sections:
        for place, figure in enumerate(section.figures):
            definition = setter.lines(figure.definition, "text")
            # A heading, or two, and three lines: shorter definitions are not divided.
            yield CondPageBreak((40 if place == 0 else 0) + 22 + min(definition.wrap(WIDTH, 0)[1], 40))
            if place == 0:
                yield setter.lines(section.title, "figure")
            yield setter.lines(figure.title, "term")
            yield definition
