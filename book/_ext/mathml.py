"""Formulas as MathML, made when the book is built: no script, no network, read aloud by screen readers."""

from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

CONVERTER = LatexToMathML()
logger = logging.getLogger(__name__)


def mathml(node: nodes.Element, block: bool) -> str:
    """The formula of a node; what is no LaTeX is a warning, and shown as it was written."""
    try:
        return CONVERTER.convert_with_local_state(node.astext(), displaystyle=block)
    except LatexError as error:
        logger.warning("no formula: %s", error, location=node)
        return f"<code>{node.astext()}</code>"


def inline(writer, node: nodes.math) -> None:
    writer.body.append(mathml(node, block=False))
    raise nodes.SkipNode


def display(writer, node: nodes.math_block) -> None:
    writer.body.append(writer.starttag(node, "div", CLASS="formula", tabindex="0"))
    writer.body.append(mathml(node, block=True))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>")
    raise nodes.SkipNode


def add_font(app, config) -> None:
    """STIX Two Math, which few systems have, from a package that carries it."""
    font = Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    config.html_static_path.append(str(font))


def setup(app) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    app.connect("config-inited", add_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
