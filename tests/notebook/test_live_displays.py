"""Displays that follow the app, where there are no threads to do so."""

import threading

from nbflask.notebook.live import LiveDisplays


def test_where_there_are_no_threads_news_is_shown_at_once(shell, monkeypatch):
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    displays, seen = LiveDisplays(shell), []
    displays.touch()
    displays.follow("one", lambda: seen.append("one"))
    displays.follow("two", lambda: seen.append("two"))
    assert displays.is_busy
    displays.touch()
    assert seen == ["one", "two"]
    displays.stop()
    displays.touch()
    assert seen == ["one", "two"]
