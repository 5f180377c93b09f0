"""Links to a server on a hub: a path below the page's own host is one that works."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

CELLS = (
    "import os\nos.environ['JUPYTERHUB_SERVICE_PREFIX'] = '/user/ada/'",
    "%load_ext nbflask\n@app.get('/')\ndef home(): return 'home'",
    "server = app.run(port=0)",
    "print(server.port)",
    "%flask run --show /",
    "%flask stop",
)


@pytest.mark.parametrize("front_end", ["lab", "notebooks"])
def test_a_path_leads_to_the_notebooks_own_host(open_notebook, jupyter, front_end):
    notebook = open_notebook(f"reach-{front_end}.ipynb", *CELLS, front_end=front_end)
    for at in range(5):
        assert notebook.run(f"c{at}"), notebook.text(f"c{at}")
    expected = urljoin(jupyter.url, f"/user/ada/proxy/{notebook.text('c3').strip()}/")
    link = notebook.cell("c2").locator(".nbflask-card a")
    assert link.evaluate("link => link.href") == expected
    frame = notebook.cell("c4").locator(".nbflask-card iframe").first
    assert frame.evaluate("frame => frame.src") == expected
    assert notebook.run("c5")
