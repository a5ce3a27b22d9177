"""English, Spanish and Chinese: every string."""

import pytest

from tests import catalogues


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_string_is_translated(language: str) -> None:
    assert catalogues.messages_in_code(), "no strings were found: the check itself is broken"
    assert catalogues.faults(language) == []
