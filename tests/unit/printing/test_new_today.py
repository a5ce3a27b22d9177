"""Today's new volumes are found by the trail, however many they are: no list of them is sent to the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event

from portal.printing.queries import VolumeChoice, volumes_to_label
from tests.unit.lending_world import make_world


def test_new_volumes_are_found_without_a_list_of_them(session: Any, work_as: Any) -> None:
    world = make_world(session, work_as)
    sizes: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "volume:add" in str(parameters):
            sizes.append(len(parameters))

    choice = VolumeChoice(new_today=True)
    dossier, old = world.dossier(volumes=7), world.dossier(volumes=2)
    dossier.opened_on = old.opened_on = None
    work = world.work(world.clerk)
    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        for count in (1, 6):
            for volume in dossier.volumes[:count]:
                work.record("volume:add", f"volumes:{volume.id}", dossier_id=dossier.id)
            session.flush()
            found = volumes_to_label(work, choice)
            assert {row.volume.id for row in found.rows} == {volume.id for volume in dossier.volumes[:count]}
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(sizes) == 2
    assert sizes[0] == sizes[1]
