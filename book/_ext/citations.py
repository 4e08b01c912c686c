"""docutils calls its citations a list, of items that are none: a screen reader would announce an empty one."""

LIST = 'class="citation-list"'


def mend(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    if "body" in context:
        context["body"] = context["body"].replace(f'<div role="list" {LIST}>', f"<div {LIST}>")


def setup(app) -> dict[str, bool]:
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
