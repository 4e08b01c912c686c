"""Links to the repository, to files that are there: off while pyproject.toml names no Repository."""

from mocolab.course.notebooks import repository

BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")
MADE = ("labs/", "solutions/")  # collected: their files stand beside book/
GENERATED = ("reference/", "genindex", "search", "py-modindex")


def switch(app, config) -> None:
    """All buttons, or none."""
    address = repository()
    config.html_theme_options |= {"repository_url": address} | dict.fromkeys(BUTTONS, bool(address))
    if not address:
        config.html_theme_options["launch_buttons"] = {}


def mend(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Point the buttons of a collected page to its file, and take from a generated page those that need one."""
    buttons = context.get("header_buttons", [])
    if pagename.startswith(GENERATED):
        buttons[:] = [button for button in buttons if button.get("label") not in ("source-buttons", "launch-buttons")]
    for button in buttons if pagename.startswith(MADE) else ():
        for link in (button, *button.get("buttons", ())):
            if "url" in link:
                link["url"] = link["url"].replace(f"/book/{pagename}", f"/{pagename}")


def setup(app) -> dict[str, bool]:
    app.connect("config-inited", switch, priority=400)
    app.connect("html-page-context", mend, priority=900)  # after the theme has made them
    return {"parallel_read_safe": True, "parallel_write_safe": True}
