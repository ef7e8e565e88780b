"""Which profile a speaker of an import belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from coaxial.domain.errors import InvalidOption
from coaxial.domain.names import name_from
from coaxial.store.records import RecordingRecord


def profiles_of_speakers(name: str, speakers: Iterable[str], stored: Sequence[RecordingRecord]) -> Mapping[str, str]:
    """Speaker (empty: not named) to profile: one speaker reads as NAME, several as NAME-speaker.

    A speaker whose recordings are in the store stays with their profile, so that later imports under the same name
    move nothing. Raises: InvalidOption where two speakers' names would make one profile.
    """
    settled = {recording.speaker: recording.profile for recording in stored}
    wanted = set(speakers)
    several = len(wanted | settled.keys()) > 1
    profiles = dict(settled)
    for speaker in sorted(wanted - settled.keys()):
        profile = f"{name}-{name_from(speaker)}" if several and speaker else name
        other = next((one for one, taken in profiles.items() if taken == profile), None)
        if other is not None:
            raise InvalidOption(
                f"The speakers {other or 'without a name'!r} and {speaker or 'without a name'!r} would share the "
                f"profile {profile}.",
                remedy="Give them names that differ in letters or digits, or import them under different names.",
            )
        profiles[speaker] = profile
    return profiles
