from __future__ import annotations

import csv
import json

from coaxial.dataset.report import ImportReport, ImportRow

_REPORT = ImportReport(
    source="corpus.zip",
    rows=[
        ImportRow(1, "a", 'Said, "hello"', "anna", "taken", seconds=90.0),
        ImportRow(2, "b", "Two\nlines", None, "rejected", "missing_audio", "There is no recording of this name."),
        ImportRow(3, "c", "Grüße", None, "taken", warnings=("Spoken twice.", "And fast."), seconds=30.0),
        ImportRow(None, "d\x1b[2J.wav", "", None, "rejected", "no_transcript", "metadata.csv does not name it."),
        ImportRow(5, "", "x", None, "rejected", "missing_audio", "There is no recording of this name."),
    ],
    notes=["metadata.csv is not UTF-8."],
)


def test_counts_and_minutes_are_those_of_the_rows():
    assert (_REPORT.taken, _REPORT.rejected, _REPORT.warnings) == (2, 3, 1)
    assert _REPORT.reasons == {"missing_audio": 2, "no_transcript": 1}
    assert _REPORT.minutes_taken == 2.0


def test_json_and_csv_on_disk_hold_every_row(tmp_path):
    as_json, as_csv = _REPORT.save(tmp_path / "report")
    saved = json.loads(as_json.read_text(encoding="utf-8"))
    assert saved["taken"] == 2 and saved["reasons"]["missing_audio"] == 2
    assert [row["name"] for row in saved["rows"]] == [row.name for row in _REPORT.rows]
    with as_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [row.text for row in _REPORT.rows]
    assert rows[2]["warnings"] == "Spoken twice. And fast."
    assert rows[3]["line"] == "" and rows[1]["code"] == "missing_audio"


def test_csv_is_as_rfc_4180_has_it():
    lines = _REPORT.to_csv().split("\r\n")
    assert lines[0] == "line,name,speaker,text,outcome,code,reason,warnings,seconds"
    assert '"Said, ""hello"""' in lines[1] and lines[-1] == ""


def test_the_summary_names_counts_reasons_and_each_rejected_row():
    lines = _REPORT.summary_lines()
    assert lines[0] == "2 taken (2.0 minutes), 3 rejected."
    assert lines[1] == "metadata.csv is not UTF-8."
    assert "  line 2, b: There is no recording of this name." in lines
    assert "  line 5: There is no recording of this name." in lines
    assert "  line 3, c: And fast." in lines


def test_the_summary_cannot_steer_the_terminal_and_does_not_flood_it():
    rows = [ImportRow(number, "x", "", None, "rejected", "silent", "Silent.") for number in range(1000)]
    assert len(ImportReport("s", rows).summary_lines(most=10)) < 20
    assert all(line.isprintable() for line in _REPORT.summary_lines())


def test_a_path_that_is_no_text_can_still_be_saved(tmp_path):
    ImportReport("gr\udcfc\udcdfe", [ImportRow(1, "\udcfc", "", None, "rejected", "silent", "Silent.")]).save(tmp_path)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["source"] == "gr??e"
