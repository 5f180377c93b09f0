"""Templates and static files within the module itself."""

from __future__ import annotations

from .imports import Import
from .layout import Block
from .section import Section
from .views import quoted

SENDING = '''\
def send_static_text(filename):
    """Serve a static file of this module, or else of its folder."""
    if filename not in STATIC_FILES:
        return {app}.send_static_file(filename)
    kind = guess_type(filename)[0]
    return Response(STATIC_FILES[filename], mimetype=kind)


{app}.view_functions["static"] = send_static_text'''


def add_files(section: Section, files: dict[str, str]) -> None:
    """Have a module hold files of cells, below the line that makes its app."""
    app = section.plan.app
    blocks: list[Block] = []
    templates, static = within(files, "templates/"), within(files, "static/")
    if templates:
        section.imports.append(Import("jinja2", "ChoiceLoader"))
        section.imports.append(Import("jinja2", "DictLoader"))
        loaders = f"[DictLoader(TEMPLATES), {app}.jinja_loader]"
        blocks.append(Block(f"TEMPLATES = {as_dictionary(templates)}"))
        blocks.append(Block(f"{app}.jinja_loader = ChoiceLoader({loaders})"))
    if static:
        section.imports.append(Import("mimetypes", "guess_type"))
        section.imports.append(Import(section.framework, "Response"))
        blocks.append(Block(f"STATIC_FILES = {as_dictionary(static)}"))
        blocks.append(Block(SENDING.format(app=app), is_definition=True))
    at = section.place_of_app()
    at = 0 if at is None else at + 1
    section.blocks[at:at] = blocks


def within(files: dict[str, str], folder: str) -> dict[str, str]:
    """Return the files of a folder, by their paths from there."""
    return {
        path.removeprefix(folder): text
        for path, text in files.items()
        if path.startswith(folder)
    }


def as_dictionary(files: dict[str, str]) -> str:
    rows = (
        f"    {quoted(name)}: {as_literal(each)},\n" for name, each in files.items()
    )
    return "{\n" + "".join(rows) + "}"


def as_literal(text: str) -> str:
    """Return a text as a literal over its lines, if it has some."""
    plain = '"""' not in text and "\\" not in text and not text.endswith('"')
    if "\n" not in text or not plain:
        return repr(text)
    return f'"""\\\n{text}"""'
