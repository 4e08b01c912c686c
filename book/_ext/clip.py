"""A clip on a page, played by a click: ```{clip} images/walk.mp4``` with `:alt:`, what is to be seen, and `:width:`."""

from html import escape
from pathlib import Path
from shutil import copyfile

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

VIDEO = (
    '<video aria-label="{alt}" src="{src}" width="{width}" controls loop muted playsinline preload="metadata"></video>'
)


class clip(nodes.General, nodes.Element):
    """Where a clip stands; `uri` is its file, from the root of the source."""


class Clip(SphinxDirective):
    required_arguments = 1
    option_spec = {  # noqa: RUF012 (docutils wants a dict of the class)
        "alt": directives.unchanged_required,
        "width": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        uri, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        if "alt" not in self.options or not Path(path).is_file():
            raise self.error(f"A clip is a file, and says in :alt: what is to be seen: {self.arguments[0]}.")
        return [clip("", uri=uri, path=path, alt=self.options["alt"], width=self.options.get("width", 480))]


def visit(writer, node: clip) -> None:
    name = node["uri"].replace("/", "-")
    folder = Path(writer.builder.outdir) / writer.builder.imagedir
    folder.mkdir(exist_ok=True)
    copyfile(node["path"], folder / name)
    src = f"{writer.builder.imgpath}/{name}"
    writer.body.append(VIDEO.format(alt=escape(node["alt"]), src=src, width=node["width"]))
    raise nodes.SkipNode


def setup(app) -> dict[str, bool]:
    app.add_node(clip, html=(visit, None))
    app.add_directive("clip", Clip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
