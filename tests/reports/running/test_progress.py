import io
import json

from cvlab.reports.running.progress import make_event, show_bar, write_lines


def test_each_event_is_one_line_of_json():
    stream = io.StringIO()
    write_lines(stream)(make_event("line_published", "r", {"name": "Café\n<b>\u2028", "warnings": ("no PDF",)}))
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().isascii()
    event = json.loads(stream.getvalue())
    assert (event["event"], event["run"], event["name"]) == ("line_published", "r", "Café\n<b>\u2028")
    assert event["time"].endswith("Z")
    assert event["warnings"] == ["no PDF"]


def test_a_reader_who_goes_away_does_not_stop_the_run():
    class Closed(io.StringIO):
        def flush(self):
            raise BrokenPipeError

    stream = Closed()
    write_lines(stream)({"event": "run_started"})
    assert stream.getvalue() == '{"event": "run_started"}\n'


def test_the_bar_moves_as_chapters_end(capsys):
    with show_bar(4, progress=True) as tell:
        for event in ("chapter_started", "chapter_done", "chapter_failed", "chapter_skipped", "line_published"):
            tell({"event": event})
    assert "| 0/4 [" in capsys.readouterr().err


def test_the_bar_can_be_switched_off(capsys):
    with show_bar(1, progress=False) as tell:
        tell({"event": "chapter_done"})
    assert capsys.readouterr() == ("", "")
