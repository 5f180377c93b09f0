"""What apps log of exceptions in a notebook: the person's own lines."""

import io
import logging

import pytest

from nbflask.logging import default_handler

FAILS = "@app.get('/boom')\ndef boom(): return 1 / 0"
FRAMES = ("Traceback", "nbflask/", "site-packages", "<template")


@pytest.fixture
def logging_notebook(notebook):
    """A notebook whose app logs as it does where nobody configured it."""
    handlers = notebook.names["app"].logger.handlers
    handlers[:] = [default_handler]
    yield notebook
    handlers.clear()


def test_an_app_logs_a_failure_by_ones_own_lines(logging_notebook):
    logging_notebook.do(FAILS)
    ran = logging_notebook.do("r = app.test_client().get('/boom')")
    assert (
        "ERROR in app: Exception on /boom [GET]\ncell [2], line 2, in boom" in ran.text
    )
    assert "→   2  def boom(): return 1 / 0\nZeroDivisionError: division" in ran.text
    for frame in FRAMES:
        assert frame not in ran.text


def test_a_log_tells_of_templates_and_of_what_led_to_a_failure(logging_notebook):
    logging_notebook.do(
        "@app.get('/boom')\ndef boom():\n    try: {}['x']\n    except KeyError:\n"
        "        return render_template_string('{{ 1 / 0 }}')"
    )
    ran = logging_notebook.do("r = app.test_client().get('/boom')")
    assert "the template string, line 1" in ran.text
    assert "While handling KeyError: 'x'" in ran.text


def test_another_handler_is_told_as_ever(logging_notebook):
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logging_notebook.names["app"].logger.addHandler(handler)
    logging_notebook.do(FAILS)
    logging_notebook.do("r = app.test_client().get('/boom')")
    assert "Traceback (most recent call last)" in said.getvalue()
    assert "nbflask/dispatch.py" in said.getvalue().replace("\\", "/")


def test_what_a_view_logs_of_its_own_doing_is_as_ever(logging_notebook):
    logging_notebook.do(
        "@app.get('/')\ndef view():\n    try: 1 / 0\n"
        "    except ZeroDivisionError: app.logger.exception('noted')\n    return 'fine'"
    )
    ran = logging_notebook.do("r = app.test_client().get('/')")
    assert "noted\nTraceback (most recent call last):" in ran.text
    assert "    try: 1 / 0\n" in ran.text


def test_a_hook_that_fails_while_a_failure_is_answered_is_on_the_card(logging_notebook):
    logging_notebook.do(FAILS)
    logging_notebook.do("@app.after_request\ndef after(response): return {}['after']")
    ran = logging_notebook.do("%get /boom")
    assert ran.text.count("in boom") == 2
    log = ran.text.partition("  log:\n")[2]
    assert "Request finalizing failed with an error while handling an error" in log
    assert "cell [3], line 2, in after" in log
    assert "KeyError: 'after'" in log
    assert "While handling ZeroDivisionError: division by zero" in log
    assert "%debug" not in log
    for frame in FRAMES:
        assert frame not in ran.text


def test_what_is_logged_after_a_failure_stays_on_the_card(logging_notebook):
    logging_notebook.do(FAILS)
    logging_notebook.do(
        "@app.after_request\ndef after(response):\n"
        "    app.logger.warning('seen after it')\n    return response"
    )
    log = logging_notebook.do("%get /boom").text.partition("  log:\n")[2]
    assert "seen after it" in log
    assert "Exception on" not in log


def test_unloading_gives_the_usual_format_back(bare):
    usual = default_handler.formatter
    bare.do("%load_ext nbflask")
    assert default_handler.formatter is not usual
    bare.do("%unload_ext nbflask")
    assert default_handler.formatter is usual


def test_a_format_of_ones_own_is_kept(bare):
    usual = default_handler.formatter
    bare.do("%load_ext nbflask")
    own = logging.Formatter("%(message)s")
    default_handler.setFormatter(own)
    try:
        bare.do("%unload_ext nbflask")
        assert default_handler.formatter is own
    finally:
        default_handler.setFormatter(usual)
