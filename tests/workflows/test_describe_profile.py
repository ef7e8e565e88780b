from __future__ import annotations

import pytest

from coaxial.domain.errors import InvalidOption, NotFound
from coaxial.domain.progress import Silent
from coaxial.settings import Settings
from coaxial.workflows.browse import show_profile
from coaxial.workflows.describe_profile import describe_profile
from coaxial.workflows.import_speech import import_speech


def test_consent_and_licence_are_kept_and_changed_one_at_a_time(robot_corpus, tmp_path):
    settings = Settings(tmp_path, 1)
    import_speech(settings, robot_corpus, "robot", "en-US", Silent())
    describe_profile(settings, "robot", "Anything goes.", "CC0-1.0")
    describe_profile(settings, "robot", None, "CC-BY-4.0")
    shown = show_profile(settings, "robot")
    assert (shown["consent"], shown["licence"]) == ("Anything goes.", "CC-BY-4.0")


def test_an_unknown_profile_or_nothing_to_say_is_told(tmp_path):
    settings = Settings(tmp_path, 1)
    with pytest.raises(NotFound):
        describe_profile(settings, "nobody", "Yes.", None)
    with pytest.raises(InvalidOption):
        describe_profile(settings, "nobody", None, None)
