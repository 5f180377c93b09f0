"""Notebooks as files, written from the texts of their cells."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

from nbflask.ipynb.cutting import cut
from nbflask.ipynb.needs.plan import Plan, plan
from nbflask.ipynb.reading import Document, document_of


def as_notebook(*cells: str, title: str = "") -> dict[str, Any]:
    """Return a notebook's file as data: a heading, and cells with code."""
    found: list[dict[str, Any]] = []
    if title:
        found.append({"cell_type": "markdown", "metadata": {}, "source": f"# {title}"})
    for number, text in enumerate(cells, 1):
        found.append(
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": dedent(text).strip("\n"),
            }
        )
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": found}


def write_notebook(path: Path, *cells: str, title: str = "") -> Path:
    path.write_text(json.dumps(as_notebook(*cells, title=title)), "utf-8")
    return path


def document(*cells: str, title: str = "") -> Document:
    """Return what a notebook with these cells holds, as of a file api.ipynb."""
    return document_of(json.dumps(as_notebook(*cells, title=title)), "api.ipynb")


def plan_of(*cells: str) -> Plan:
    return plan(cut(document(*cells)))


def make_model(folder: Path) -> None:
    """Write the model that the lesson on shipping loads, and has on its machine."""
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    flowers = load_iris()
    known, _, kinds, _ = train_test_split(flowers.data, flowers.target, random_state=1)
    model = LogisticRegression(max_iter=1000).fit(known, kinds)
    names = [str(name) for name in flowers.target_names]
    joblib.dump((model, names), folder / "model.joblib")
