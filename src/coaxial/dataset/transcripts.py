"""Transcript tables: what is said in which file, and by whom, in the layouts that people's tools write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from coaxial.dataset.delimited import Row, sniff_delimiter, split_rows
from coaxial.text.normalise import MAX_CHARACTERS, normalise_transcript


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_FILE_HEADERS = _words(
    "file filename file_name path filepath file_path audio audiofile audio_file audio_filename audio_filepath "
    "audio_path wav wavs wav_file wav_filename wav_path clip id utt_id utterance utterance_id name recording"
)
_NORMALISED_HEADERS = _words(
    "normalized_text normalised_text normalized normalised normalized_transcription normalised_transcription "
    "normalized_transcript normalised_transcript text_normalized text_normalised clean_text"
)
_TEXT_HEADERS = _words(
    "text transcript transcription transcripts sentence raw_text raw_transcription raw_transcript utterance_text prompt"
)
_SPEAKER_HEADERS = _words("speaker speaker_name speaker_id speakers spk spk_id client_id voice")

_WORD = re.compile(r"\w+")


class Reason(NamedTuple):
    """Why something cannot be used: a code for programs, a sentence for the person."""

    code: str
    sentence: str


@dataclass(frozen=True)
class TableRow:
    """One line of a table."""

    line: int
    name: str
    """Of the audio file, as written."""
    text: str
    """Normalised transcript."""
    speaker: str | None
    problem: Reason | None


@dataclass(frozen=True)
class ChosenColumns:
    """How a person says that a table is to be read; columns count from 0."""

    name: int
    """Of the audio file."""
    text: int
    speaker: int | None = None
    delimiter: str = ""
    """One of | tab ; and comma; empty: as it is found."""
    header: bool = False
    """Whether the first row says what the columns are."""
    table: str = ""
    """The file, where there are several tables; empty: as it is found."""


@dataclass(frozen=True)
class Layout:
    """Which column holds what."""

    name: int
    text: int
    normalised: int | None
    speaker: int | None
    widths: frozenset[int]
    """How many columns a row may have."""

    @property
    def columns(self) -> str:
        return " or ".join(str(width) for width in sorted(self.widths))


@dataclass(frozen=True)
class Table:
    """A transcript table, split and understood."""

    delimiter: str
    header: tuple[str, ...] | None
    """What its first row calls the columns; None where that is a recording already."""
    layout: Layout
    rows: list[Row]
    """Without the header."""

    def read(self) -> list[TableRow]:
        """What each row says."""
        return [_table_row(row, self.layout) for row in self.rows]


def read_table(text: str, is_recording: Callable[[str], bool]) -> list[TableRow] | None:
    """The rows of a transcript table; None where text is no table. As understand_table has it."""
    table = understand_table(text, is_recording)
    return None if table is None else table.read()


def understand_table(
    text: str, is_recording: Callable[[str], bool], chosen: ChosenColumns | None = None
) -> Table | None:
    """A transcript table; None where text is no table.

    chosen: how a person says that it is to be read. is_recording: says whether a name, with or without extension, is
    that of an audio file. Layouts: `name|text`, `name|text|normalised text`, `name|speaker|text`, any with a header row
    that says so; delimiters `|`, tab, `;`, `,`.
    """
    delimiter = (chosen.delimiter if chosen else "") or sniff_delimiter(text, is_recording)
    rows = split_rows(text, delimiter) if delimiter else []
    if delimiter is None or not rows:
        return None
    if chosen is not None:
        layout, has_header = _layout_of_choice(rows, chosen), chosen.header
    else:
        found = _layout_of_header(rows[0], is_recording)
        layout, has_header = found or _layout_of_content(rows, is_recording), found is not None
    header = rows[0].fields if has_header else None
    return Table(delimiter, header, layout, rows[1:] if has_header else rows)


def transcript_problem(text: str) -> Reason | None:
    """What is wrong with a normalised transcript whatever the voice."""
    if not text:
        return Reason("empty_transcript", "The transcript is empty.")
    if len(text) > MAX_CHARACTERS:
        return Reason(
            "transcript_too_long",
            f"The transcript has {len(text):,} characters; a clip is a sentence or two, at most {MAX_CHARACTERS:,}.",
        )
    return None


def _table_row(row: Row, layout: Layout) -> TableRow:
    name = row.fields[layout.name].strip() if layout.name < len(row.fields) else ""
    if len(row.fields) not in layout.widths:
        count = len(row.fields)
        sentence = f"The line has {count} column{'s' * (count != 1)} and should have {layout.columns}."
        return TableRow(row.line, name, "", None, Reason("wrong_columns", sentence))
    text = normalise_transcript(row.fields[layout.text])
    if layout.normalised is not None and layout.normalised < len(row.fields):
        text = normalise_transcript(row.fields[layout.normalised]) or text
    speaker = normalise_transcript(row.fields[layout.speaker]) or None if layout.speaker is not None else None
    problem = transcript_problem(text)
    if not name:
        problem = Reason("no_name", "The line does not name an audio file.")
    return TableRow(row.line, name, text, speaker, problem)


def _layout_of_header(row: Row, is_recording: Callable[[str], bool]) -> Layout | None:
    words = [re.sub(r"\W+", "_", field.strip().lower()) for field in row.fields]
    name, text = _first(words, _FILE_HEADERS), _first(words, _TEXT_HEADERS)
    normalised = _first(words, _NORMALISED_HEADERS)
    text = normalised if text is None else text
    if name is None or text is None or is_recording(row.fields[name]):
        return None
    return Layout(name, text, normalised, _first(words, _SPEAKER_HEADERS), frozenset({len(words)}))


def _layout_of_choice(rows: list[Row], chosen: ChosenColumns) -> Layout:
    usual = Counter(len(row.fields) for row in rows).most_common(1)[0][0]
    widths = frozenset({max(usual, chosen.name + 1, chosen.text + 1, (chosen.speaker or 0) + 1)})
    return Layout(chosen.name, chosen.text, None, chosen.speaker, widths)


def _first(words: list[str], wanted: frozenset[str]) -> int | None:
    return next((position for position, word in enumerate(words) if word in wanted), None)


def _layout_of_content(rows: list[Row], is_recording: Callable[[str], bool]) -> Layout:
    width = Counter(len(row.fields) for row in rows if len(row.fields) > 1).most_common(1)[0][0]
    three = [row for row in rows if len(row.fields) == 3]
    if three and _third_is_normalised(three):
        return Layout(name=0, text=1, normalised=2, speaker=None, widths=frozenset({2, 3}))
    if width == 3:
        return Layout(name=0, text=2, normalised=None, speaker=1, widths=frozenset({3}))
    named = Counter(position for row in rows for position, field in enumerate(row.fields[:2]) if is_recording(field))
    name = 1 if named[1] > named[0] else 0
    return Layout(name, text=1 - name, normalised=None, speaker=None, widths=frozenset({2}))


def _third_is_normalised(rows: list[Row]) -> bool:
    """Whether three columns are `name|text|normalised text` and not `name|speaker|text`."""
    both = [(row.fields[1].strip(), row.fields[2].strip()) for row in rows if row.fields[1].strip()]
    both = [(second, third) for second, third in both if third]
    if not both:
        # Only the second column ever says anything, so it must be the transcript.
        return True
    if 2 * sum(_likeness(second, third) >= 0.5 for second, third in both) > len(both):
        return True
    # Speakers repeat, and have short names; sentences do neither.
    repeated = 2 * len({second for second, _ in both}) <= len(both)
    short = 2 * sum(len(second) <= 40 and len(second.split()) <= 3 for second, _ in both) > len(both)
    return not (repeated or short)


def _likeness(one: str, other: str) -> float:
    """Shared words as a part of the words of the one that has more."""
    first, second = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    return len(first & second) / max(len(first), len(second), 1)
