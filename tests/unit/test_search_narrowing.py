"""Facets, narrowing, order, fields, did-you-mean and suggestions: useful, and never telling more than the rights."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.permissions import Level, Role
from portal.documents.models import DocumentKind
from portal.dossiers.states import Custody
from portal.search.hits import DocumentHit, in_sections
from portal.search.narrowing import Family, Narrowing
from portal.search.queries import SearchPage
from portal.search.sentences import sentence
from portal.search.suggesting import Suggestion, suggestions
from search_index.language import Problem, Trouble
from tests import factories
from tests.unit.search_world import SearchWorld


@pytest.fixture
def world(parts: Any, queues: Any) -> SearchWorld:
    """Two general dossiers, an important and a core one."""
    world = SearchWorld(parts, queues)
    world.add_person("employee")
    world.add_person("clerk", Role.CLERK)
    world.add_person("manager", Role.RECORDS_MANAGER, clearance=Level.CORE)
    world.add_dossier(
        "2026-0001",
        "恒达机械有限公司",
        {"Fax about lanterns": ("lanterns",), "Other fax": ("lanterns and more",)},
        kind=DocumentKind.FAX,
        dated=date(2025, 5, 1),
        correspondent="Zenith Forwarders",
    )
    world.add_dossier(
        "2026-0002", "Harbour Ltd", {"Contract": ("lanterns",)}, kind=DocumentKind.CONTRACT, dated=date(2026, 1, 9)
    )
    world.add_dossier(
        "2026-0003", "Quiet Ltd", {"Promise": ("lanterns, xylophones",)}, level=Level.IMPORTANT, dated=date(2024, 1, 9)
    )
    world.add_dossier("K2026-0001", "Hidden Ltd", {"Secret": ("lanterns, zeppelins",)}, level=Level.CORE)
    world.index_now()
    return world


def chosen(**values: str) -> Narrowing:
    """A narrowing by single values."""
    return Narrowing.read({Family(name): [value] for name, value in values.items()})


def counts(page: SearchPage) -> dict[str, dict[str, int]]:
    """Facet → value → count."""
    return {facet.family.value: {each.value: each.count for each in facet.choices} for facet in page.facets}


def found(page: SearchPage) -> list[str]:
    """Subjects, and numbers of register entries in brackets, in their order."""
    return [hit.subject if isinstance(hit, DocumentHit) else f"[{hit.register.number}]" for hit in page.hits]


class TestFacets:
    def test_values_are_counted_as_far_as_they_may_be_known(self, world: SearchWorld) -> None:
        clerk = counts(world.ask("clerk", "lanterns"))
        assert clerk["kind"] == {"fax": 2, "contract": 1, "letter": 1}
        assert clerk["year"] == {"2026": 1, "2025": 2, "2024": 1}
        assert clerk["level"] == {"general": 3, "important": 1}
        assert list(clerk["year"]) == ["2026", "2025", "2024"]
        manager = counts(world.ask("manager", "lanterns"))
        assert manager["level"] == {"general": 3, "important": 1, "core": 1}
        employee = counts(world.ask("employee", "lanterns"))
        assert set(employee) <= {"client", "dept", "level", "on"}, "kind and year are for readers"
        assert sum(employee["client"].values()) == 2

    def test_clients_are_named_to_those_who_know_of_them(self, world: SearchWorld) -> None:
        hidden = str(world.clients["Hidden Ltd"])
        page = world.ask("employee", "lanterns", narrowing=chosen(client=hidden))
        assert page.total == 0
        assert "Hidden" not in repr(page.facets)
        assert "Hidden" in repr(world.ask("manager", "lanterns", narrowing=chosen(client=hidden)).facets)

    def test_narrowing_leaves_what_holds_the_value(self, world: SearchWorld) -> None:
        assert sorted(found(world.ask("clerk", "lanterns", narrowing=chosen(kind="fax")))) == [
            "Fax about lanterns",
            "Other fax",
        ]
        assert found(world.ask("clerk", "lanterns", narrowing=chosen(year="2026"))) == ["Contract"]
        assert found(world.ask("clerk", "lanterns", narrowing=chosen(level="important"))) == ["Promise"]
        both = Narrowing.read({Family.KIND: ["fax", "contract"], Family.YEAR: ["2026"]})
        assert found(world.ask("clerk", "lanterns", narrowing=both)) == ["Contract"]

    @pytest.mark.parametrize("narrowing", [chosen(kind="fax"), chosen(kind="letter"), chosen(year="2025")])
    def test_narrowing_by_what_only_readers_see_tells_others_nothing(
        self, world: SearchWorld, narrowing: Narrowing
    ) -> None:
        page = world.ask("employee", "lanterns", narrowing=narrowing)
        assert (page.total, found(page), counts(page).get("client")) == (0, [], None)

    def test_the_paper_on_the_shelf_or_out(self, world: SearchWorld) -> None:
        with world.parts.writing() as work:
            world.dossier(work.session, "2026-0001").volumes[0].custody = Custody.ON_LOAN
        assert counts(world.ask("employee", "lanterns"))["on"] == {"shelf": 1, "loan": 1}
        assert found(world.ask("employee", "lanterns", narrowing=chosen(on="loan"))) == ["[2026-0001]"]
        assert found(world.ask("employee", "lanterns", narrowing=chosen(on="shelf"))) == ["[2026-0002]"]
        assert found(world.ask("employee", "lanterns on:loan")) == ["[2026-0001]"]
        assert found(world.ask("employee", "lanterns 在:架")) == ["[2026-0002]"]

    def test_values_that_nobody_offered_find_nothing_and_break_nothing(self, world: SearchWorld) -> None:
        for narrowing in (
            chosen(kind="nothing"),
            chosen(client="99999999999999999999"),
            chosen(dept="x"),
            chosen(on="fire"),
            chosen(year="9" * 39),
        ):
            assert world.ask("clerk", "lanterns", narrowing=narrowing).total == 0
        assert Narrowing.read({Family.KIND: ["", "x" * 41, "a\nb"]}).chosen == {}

    def test_choosing_a_value_twice_takes_it_away(self) -> None:
        once = chosen(kind="fax").toggled(Family.KIND, "letter")
        assert once.chosen == {Family.KIND: ("fax", "letter")}
        assert once.toggled(Family.KIND, "fax").chosen == {Family.KIND: ("letter",)}
        assert chosen(kind="fax").toggled(Family.KIND, "fax").chosen == {}


class TestOrder:
    def test_newest_and_oldest_first(self, world: SearchWorld) -> None:
        assert found(world.ask("clerk", "lanterns", order="newest"))[0] == "Contract"
        assert found(world.ask("clerk", "lanterns", order="oldest"))[0] == "Promise"

    def test_dates_do_not_order_what_may_not_be_read(self, world: SearchWorld) -> None:
        assert found(world.ask("employee", "lanterns", order="newest")) == found(
            world.ask("employee", "lanterns", order="oldest")
        )

    def test_what_belongs_to_one_dossier_stands_together(self, world: SearchWorld) -> None:
        page = world.ask("clerk", "lanterns")
        sections = in_sections(page.hits)
        assert sum(len(section.hits) for section in sections) == page.total
        assert sorted(len(section.hits) for section in sections) == [1, 1, 2]


class TestFields:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("client:hengda kind:fax", ["Fax about lanterns", "Other fax"]),
            ("cliente:恒达 tipo:fax", ["Fax about lanterns", "Other fax"]),
            ("客户:hd 种类:传真", ["Fax about lanterns", "Other fax"]),
            ("客户：hd 种类：传真", ["Fax about lanterns", "Other fax"]),
            ("from:zenith lanterns", ["Fax about lanterns", "Other fax"]),
            ("number:2026-0002 contract", ["Contract"]),
            ("número:2026-0002 contrato", ["Contract"]),
            ("lanterns year:2024", ["Promise"]),
            ("lanterns año:2024", ["Promise"]),
            ("lanterns date:2025-12..2026-02", ["Contract"]),
            ("lanterns fecha:..2024-06", ["Promise"]),
            ("lanterns level:important", ["Promise"]),
            ("lanterns nivel:importante", ["Promise"]),
            ("lanterns 级别:重要", ["Promise"]),
            ("lanterns -kind:fax -kind:contract", ["Promise"]),
            ("(xylophones OR more) lanterns", ["Other fax", "Promise"]),
            ("kind:contract", ["Contract"]),
            ("on:shelf kind:contract", ["Contract"]),
        ],
    )
    def test_fields_in_three_languages(self, world: SearchWorld, text: str, expected: list[str]) -> None:
        page = world.ask("clerk", text)
        assert not page.troubles
        assert sorted(found(page)) == expected

    def test_departments_by_a_part_of_their_name(self, world: SearchWorld) -> None:
        with world.parts.looking() as work:
            name = world.dossier(work.session, "2026-0001").department.name
        assert world.ask("clerk", f'lanterns dept:"{name}"').total >= 1
        page = world.ask("clerk", "lanterns dept:nowhere")
        assert name in page.troubles[0].expected

    @pytest.mark.parametrize(
        "text", ["lanterns kind:fax", "lanterns -kind:letter", "lanterns -year:1999", "from:zenith", "-from:zenith x"]
    )
    def test_fields_of_documents_tell_others_nothing(self, world: SearchWorld, text: str) -> None:
        assert found(world.ask("employee", text)) == []


class TestDidYouMean:
    def test_a_word_that_is_nearly_right(self, world: SearchWorld) -> None:
        assert world.ask("clerk", "lantirns").meant == "lanterns"
        assert world.ask("clerk", "harbuor contract").meant == "harbour contract"
        assert world.ask("clerk", "lanterns").meant is None

    def test_the_nearest_word_is_offered_and_only_where_the_question_then_finds_something(
        self, world: SearchWorld
    ) -> None:
        with world.parts.writing() as work:
            dossier = world.dossier(work.session, "2026-0002")
            keeper = world.person(work.session, "keeper")
            for number in range(12):
                factories.make_document(
                    work.session, keeper, dossier, "crates crates crates", subject=f"Crate {number}"
                )
            factories.make_document(work.session, keeper, dossier, "hairline cracks", subject="Cracks")
            work.want("index", f"dossier:{dossier.id}")
        world.index_now()
        assert world.ask("clerk", "hairline craks").meant == "hairline cracks"
        assert world.ask("clerk", "xylophones craks").meant is None, "no page holds both"

    def test_what_is_on_the_shelf_can_be_asked_alone(self, world: SearchWorld) -> None:
        assert found(world.ask("employee", "on:shelf")) != []
        assert not world.ask("employee", "on:shelf").troubles

    def test_names_of_clients_are_offered_to_everyone_who_knows_them(self, world: SearchWorld) -> None:
        assert world.ask("employee", "harbuor").meant == "harbour"
        assert world.ask("employee", "hiddn").meant is None
        assert world.ask("manager", "hiddn").meant == "hidden"

    def test_words_of_texts_are_offered_to_their_readers_only(self, world: SearchWorld) -> None:
        assert world.ask("employee", "lantirns").meant is None
        assert world.ask("employee", "xylofones").meant is None
        assert world.ask("clerk", "xylofones").meant == "xylophones"
        assert world.ask("clerk", "zeppelims").meant is None
        assert world.ask("manager", "zeppelims").meant == "zeppelins"


class TestSuggestions:
    def ask(self, world: SearchWorld, login: str, typed: str) -> list[Suggestion]:
        with world.parts.looking() as work:
            work.actor = factories.actor(work.session, world.person(work.session, login))
            return suggestions(work, world.parts.index, typed)

    def test_names_numbers_and_words(self, world: SearchWorld) -> None:
        assert Suggestion("Harbour Ltd", "client") in self.ask(world, "employee", "harb")
        assert Suggestion("恒达机械有限公司", "client") in self.ask(world, "employee", "hengd")
        assert Suggestion("恒达机械有限公司", "client") in self.ask(world, "employee", "恒")
        assert Suggestion("2026-0002", "number") in self.ask(world, "employee", "2026-0002"[:-1])
        assert Suggestion("Contract", "word") in self.ask(world, "clerk", "contr")
        assert Suggestion("old Contract", "word") in self.ask(world, "clerk", "old contr")

    @pytest.mark.parametrize(
        ("typed", "offered"),
        [
            ("kind:", ["kind:contract", "kind:letter", "kind:fax", "kind:call", "kind:report", "kind:other"]),
            ("old TIPO:c", ["old TIPO:contrato", "old TIPO:carta"]),
            ("(类型：合", ["(类型：合同"]),
            ("lanterns -on:", ["lanterns -on:shelf", "lanterns -on:loan"]),
            ("en:prest", ["en:préstamo"]),
            ("en:PRÉ", ["en:préstamo"]),
            ("在:", ["在:架", "在:借出"]),
            ("nivel:", ["nivel:general", "nivel:importante", "nivel:esencial"]),
            ("clase:ca", ["clase:call"]),
            ("kind:contract", []),
            ("client:", []),
            ("year:2026", []),
        ],
    )
    def test_values_of_a_field(self, world: SearchWorld, typed: str, offered: list[str]) -> None:
        found = self.ask(world, "employee", typed)
        assert [each.text for each in found if each.kind == "value"] == offered

    def test_they_tell_nobody_more_than_the_rights_allow(self, world: SearchWorld) -> None:
        for typed in ("hidd", "secr", "k2026", "K2026-000"):
            assert self.ask(world, "clerk", typed) == []
            assert self.ask(world, "manager", typed) != []
        assert self.ask(world, "employee", "contr") == []
        assert self.ask(world, "employee", "zenit") == []
        assert self.ask(world, "clerk", "zenit") == [Suggestion("Zenith", "word")]

    def test_what_is_no_beginning_is_answered_with_nothing(self, world: SearchWorld) -> None:
        for typed in ("", " ", "\x00", "-", '"', "x" * 500, "\ud800", "(("):
            assert self.ask(world, "clerk", typed) == []


class TestSentences:
    @pytest.mark.parametrize("problem", Problem)
    def test_every_problem_has_a_sentence_that_says_where(self, problem: Problem) -> None:
        said = str(sentence(Trouble(problem, 6, 9, "abc", ())))
        assert said.endswith(".")
        assert "%(" not in said
        assert "abc" in str(sentence(Trouble(problem, 6, 9, "abc", ("fax", "letter")))) or "abc" not in said

    def test_values_that_could_stand_there_are_told(self, world: SearchWorld) -> None:
        (trouble,) = world.ask("clerk", "lanterns kind:submarine").troubles
        assert "submarine" in str(sentence(trouble))
        assert "fax" in str(sentence(trouble))
        assert world.ask("clerk", "lanterns kind:submarine").total == 4, "the rest is searched"
