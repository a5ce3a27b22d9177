"""The search's work after the commit: refreshing entries, and rebuilding the index."""

from __future__ import annotations

from datetime import timedelta

from portal.queue import Job, WorkQueues
from portal.search import maintenance
from portal.search.rules import read_key
from portal.search.saved.services import MATCH_SAVED, newly_answered, note_finds
from portal.search.services import INDEX, REBUILD_INDEX, needs_rebuild, note_indexed, want_rebuild
from search_index import DOCUMENT, SearchIndexError


def register_work(queues: WorkQueues) -> None:
    """Tell the queues who refreshes, who rebuilds, and who asks the saved searches. The last two go with the slow work,
    so that refreshing goes on."""
    queues.register(INDEX, refresh_entry)
    queues.register(MATCH_SAVED, match_saved, queue=WorkQueues.READING)
    queues.register(REBUILD_INDEX, rebuild_index, queue=WorkQueues.READING, lease=timedelta(hours=2))


def refresh_entry(job: Job) -> None:
    """Bring one document, or a dossier and all its documents, up to date in the index.

    The index is written first, then "done" and the version of the rights are noted in one commit: a crash in
    between repeats the work. A busy index is tried again later; a broken one is rebuilt, then tried again.
    """
    parts = job.parts
    with parts.index.turn():
        try:
            refreshed = maintenance.write_entries(parts, job.key)
        except SearchIndexError as error:
            if needs_rebuild(error):
                with job.writing() as work:
                    want_rebuild(work)
            raise
        with job.finishing() as work:
            if read_key(job.key)[0] == DOCUMENT:
                work.want(MATCH_SAVED, job.key)
            elif refreshed.dossier_id is not None:
                note_indexed(work, refreshed.dossier_id, refreshed.rights_version)


def rebuild_index(job: Job) -> None:
    """Fill the index anew; the old one, if there is one, answers until then."""
    maintenance.rebuild(job.parts)


def match_saved(job: Job) -> None:
    """Note which saved searches a document answers; each hears of it once, however often this is done.

    They are asked while nobody has to wait with writing for it."""
    with job.parts.looking() as work:
        found = newly_answered(work, job.key)
    with job.finishing() as work:
        note_finds(work, job.key, found)
