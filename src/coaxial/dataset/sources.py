"""Import sources: a folder, a ZIP or a transcript table becomes one list of recordings with their transcripts."""

from __future__ import annotations

import os
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from coaxial.dataset.archive import names_in, unpacked
from coaxial.dataset.audio_index import AudioIndex, is_audio_name
from coaxial.dataset.bundle import BUNDLE_NAME, Bundle, read_bundle
from coaxial.dataset.text_files import read_text_file
from coaxial.dataset.transcripts import ChosenColumns, Reason, Table, TableRow, transcript_problem, understand_table
from coaxial.domain.errors import UnreadableSource
from coaxial.text.normalise import normalise_transcript

_TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
_SIDECAR_SUFFIXES = (".txt", ".lab")
_OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
_LONGEST_SIDECAR = 1_000_000
_NOT_TRANSCRIPTS = ("readme", "license", "licence", "copying", "changelog", "notice")

_LOOKED_FOR = (
    "A source is a folder or a ZIP with metadata.csv, metadata.tsv or metadata.txt (audio in wavs, wav, audio or "
    "beside it), or with a .txt or .lab file beside each recording; or such a table itself."
)


@dataclass(frozen=True)
class SourceRow:
    """One recording to import, or the reason why it cannot be."""

    line: int | None
    """Of the transcript table, from 1; None where there is no table or the table does not name the recording."""
    name: str
    """As the table writes it, else the path within the source."""
    audio: Path | None
    """Readable until the source is closed."""
    text: str
    """Normalised transcript."""
    speaker: str | None
    problem: Reason | None


@dataclass(frozen=True)
class Source:
    """What was found."""

    rows: list[SourceRow]
    notes: tuple[str, ...]
    """Sentences about guesses that were made, such as a table's encoding."""
    table: Table | None = None
    """None where every recording has a text file of its own."""
    table_name: str = ""
    title: str = ""
    """What the person calls the source, where its path says nothing."""


@contextmanager
def open_source(path: Path, scratch: Path | None = None) -> Iterator[Source]:
    """Find every recording of a folder, ZIP or transcript table; files stay readable within the block.

    scratch: where a ZIP is unpacked, else the system's temporary folder.
    Raises: UnreadableSource, UnsafeArchive, StorageFailure.
    """
    kind = _kind(path)
    if kind == stat.S_IFDIR:
        yield read_files(_walk(path, _refuse_unreadable), path.name)
    elif kind != stat.S_IFREG:
        raise UnreadableSource(f"{path} is neither a file nor a folder.", remedy=_LOOKED_FOR)
    elif path.name == BUNDLE_NAME:
        bundle = read_bundle(path)
        with bundled_files(bundle, scratch) as files:
            yield read_files(files, bundle.title, bundle.columns)
    elif path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        with unpacked(path, _is_wanted, scratch=scratch) as files:
            yield read_files(files, path.name)
    else:
        yield _read_single(path)


@contextmanager
def bundled_files(bundle: Bundle, scratch: Path | None = None, *, sound: bool = True) -> Iterator[dict[str, Path]]:
    """The files of a bundle that could matter, by path within it, for `read_files`.

    sound: False where only texts will be opened: recordings are names then. Raises: as open_source.
    """
    if bundle.archive is None:
        yield {name: file for name, file in bundle.files.items() if _is_wanted(name)}
        return
    with unpacked(
        bundle.archive,
        lambda name: _is_wanted(name) and (sound or not is_audio_name(name)),
        scratch=scratch,
        called=bundle.title,
    ) as files:
        names = [] if sound else names_in(bundle.archive, called=bundle.title)
        yield {name: Path(name) for name in names if _is_wanted(name) and is_audio_name(name)} | files


def _kind(path: Path) -> int:
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except FileNotFoundError:
        raise UnreadableSource(f"{path} does not exist.", remedy=_LOOKED_FOR) from None
    except (OSError, ValueError) as error:
        raise UnreadableSource(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def _read_single(path: Path) -> Source:
    if is_audio_name(path.name):
        raise UnreadableSource(f"{path.name} is a recording without a transcript.", remedy=_LOOKED_FOR)
    if path.suffix.lower() in _OTHER_ARCHIVES:
        raise UnreadableSource(f"{path.name} is an archive, but not a ZIP.", remedy="Unpack it and import the folder.")
    files = _walk(path.parent)  # of which the table says what it needs; around it may lie what nobody may read
    return _required(_read_table_file(files, path, path.name, report_unnamed=False), path.name)


def _required(source: Source | None, table: str) -> Source:
    if source is None:
        raise UnreadableSource(f"{table} is not a table of file names and transcripts.", remedy=_LOOKED_FOR)
    return source


def _refuse_unreadable(error: OSError) -> None:
    raise UnreadableSource(f"{error.filename} cannot be read: {error.strerror or error}.") from error


def _walk(folder: Path, on_error: Callable[[OSError], None] | None = None) -> dict[str, Path]:
    """Files that could matter, by path within folder (NFC, `/`), none hidden. on_error: told of unreadable folders."""
    files = {}
    visited: set[tuple[int, int]] = set()
    # Corpora are often put together with links to folders, and a link may lead back up.
    for parent, folders, names in os.walk(folder, onerror=on_error, followlinks=True):
        place = Path(parent).stat()
        seen = (place.st_dev, place.st_ino) in visited
        visited.add((place.st_dev, place.st_ino))
        folders[:] = [] if seen else sorted(name for name in folders if not _is_hidden(name))
        for name in [] if seen else sorted(names):
            file = Path(parent, name)
            if _is_wanted(name) and file.is_file():
                files[_as_text(file.relative_to(folder).as_posix())] = file
    return files


def _as_text(name: str) -> str:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        # Bytes of another encoding, which Python keeps as half characters that can be neither printed nor stored.
        name = os.fsencode(name).decode("latin-1")
    return unicodedata.normalize("NFC", name)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _is_wanted(name: str) -> bool:
    base = PurePosixPath(name).name
    suffix = PurePosixPath(base).suffix.lower()
    return not _is_hidden(base) and (is_audio_name(base) or suffix in _TABLE_SUFFIXES + _SIDECAR_SUFFIXES)


def read_files(files: dict[str, Path], source_name: str, chosen: ChosenColumns | None = None) -> Source:
    """What files together are as a source: a table with recordings, or recordings with a text beside each.

    chosen: how a person says that the table is to be read. Raises: UnreadableSource.
    """
    return replace(_read_files(files, source_name, chosen), title=source_name)


def _read_files(files: dict[str, Path], source_name: str, chosen: ChosenColumns | None) -> Source:
    files = _without_wrapping_folder(files)
    if chosen is not None and chosen.table:
        return _read_chosen(files, chosen)
    metadata = [name for suffix in _TABLE_SUFFIXES for name in files if name.lower() == f"metadata{suffix}"]
    if metadata:
        found = _read_table_file(files, files[metadata[0]], metadata[0], report_unnamed=True, chosen=chosen)
        return _required(found, metadata[0])
    if not any(is_audio_name(name) for name in files):
        raise UnreadableSource(f"{source_name} holds no recordings and no metadata table.", remedy=_LOOKED_FOR)
    return _read_sidecars(files) or _read_only_table(files, source_name, chosen)


def _read_chosen(files: dict[str, Path], chosen: ChosenColumns) -> Source:
    table = next((name for name in files if chosen.table in (name, name.rpartition("/")[2])), None)
    if table is None:
        raise UnreadableSource(f"There is no file {chosen.table}.", remedy="Choose one of the files that were sent.")
    return _required(_read_table_file(files, files[table], table, report_unnamed=True, chosen=chosen), table)


def _without_wrapping_folder(files: dict[str, Path]) -> dict[str, Path]:
    """Archives of a folder hold that folder, and nothing beside it."""
    while files and all("/" in name for name in files) and len({name.split("/")[0] for name in files}) == 1:
        files = {name.split("/", 1)[1]: file for name, file in files.items()}
    return files


def _read_table_file(
    files: dict[str, Path], file: Path, name: str, *, report_unnamed: bool, chosen: ChosenColumns | None = None
) -> Source | None:
    decoded = read_text_file(file, name)
    index = AudioIndex(files)
    table = understand_table(decoded.text, index.holds, chosen)
    if table is None:
        return None
    found = _with_audio(table.read(), index)
    if report_unnamed:
        named = {row.audio for row in found}
        found += [
            _rejected(other, audio, "no_transcript", f"{PurePosixPath(name).name} does not name this recording.")
            for other, audio in files.items()
            if is_audio_name(other) and audio not in named
        ]
    return Source(found, (decoded.note,) if decoded.note else (), table, name)


def _with_audio(rows: list[TableRow], index: AudioIndex) -> list[SourceRow]:
    found: list[SourceRow] = []
    first_line: dict[Path, int] = {}
    for row in rows:
        audio, missing = index.find(row.name) if row.name else (None, None)
        problem = row.problem or missing
        if audio and not row.problem:
            first = first_line.setdefault(audio, row.line)
            if first != row.line:
                problem = Reason("repeated_name", f"Line {first} already gave a transcript for this recording.")
        found.append(SourceRow(row.line, row.name, audio, row.text, row.speaker, problem))
    return found


def _read_only_table(files: dict[str, Path], source_name: str, chosen: ChosenColumns | None) -> Source:
    tables = {}
    for name, file in files.items():
        if "/" not in name and name.lower().endswith(_TABLE_SUFFIXES) and not _is_about_the_folder(name):
            source = _read_table_file(files, file, name, report_unnamed=True, chosen=chosen)
            if source:
                tables[name] = source
    if len(tables) == 1:
        return next(iter(tables.values()))
    if tables:
        raise UnreadableSource(
            f"{source_name} holds several transcript tables: {', '.join(sorted(tables))}.",
            remedy="Import the one you mean, or name it metadata.csv.",
        )
    recordings = sum(is_audio_name(name) for name in files)
    raise UnreadableSource(f"{source_name} holds {recordings:,} recordings but no transcripts.", remedy=_LOOKED_FOR)


def _read_sidecars(files: dict[str, Path]) -> Source | None:
    """Every recording with the text file of the same name beside it; None where no recording has one."""
    texts: dict[str, str] = {}
    for suffix in reversed(_SIDECAR_SUFFIXES):
        texts.update({_stem(name): name for name in files if name.lower().endswith(suffix)})
    recordings = [name for name in files if is_audio_name(name)]
    if texts.keys().isdisjoint(_stem(name) for name in recordings):
        return None
    rows, notes = [], []
    for name in recordings:
        sidecar = texts.get(_stem(name))
        if sidecar is None:
            sentence = "There is no .txt or .lab file of the same name beside this recording."
            rows.append(_rejected(name, files[name], "no_transcript", sentence))
            continue
        row, note = _sidecar_row(name, files[name], sidecar, files[sidecar])
        rows.append(row)
        notes += [note] if note else []
    rows += [
        _rejected(name, None, "missing_audio", "There is no recording of the same name beside this transcript.")
        for stem, name in texts.items()
        if stem not in {_stem(recording) for recording in recordings} and not _is_about_the_folder(name)
    ]
    return Source(rows, tuple(notes))


def _sidecar_row(name: str, audio: Path, sidecar: str, file: Path) -> tuple[SourceRow, str | None]:
    try:
        decoded = read_text_file(file, sidecar, _LONGEST_SIDECAR)
    except UnreadableSource as error:
        return _rejected(name, audio, "unreadable_transcript", error.message), None
    text = normalise_transcript(decoded.text)
    return SourceRow(None, name, audio, text, None, transcript_problem(text)), decoded.note


def _rejected(name: str, audio: Path | None, code: str, sentence: str) -> SourceRow:
    return SourceRow(None, name, audio, "", None, Reason(code, sentence))


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix("")).casefold()


def _is_about_the_folder(name: str) -> bool:
    return PurePosixPath(name).name.lower().startswith(_NOT_TRANSCRIPTS)
