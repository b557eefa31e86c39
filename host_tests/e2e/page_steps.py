"""What the tests of the station's page do again and again."""

SIZES = {"phone": (360, 740), "desktop": (1280, 900)}
CAR = {"car.auto": True, "car.pilot": "B", "car.delay_ms": 200}
# Every view, and what is there once it is complete.
VIEWS = {
    "now": "#limits li",
    "sessions": "#shown:not(:empty)",
    "access/cards": "#cards li",
    "access/people": "#people li",
    "access/programs": "#tokens li",
    "access/hours": "#hours",
    "access/conditions": "#conditions li",
    "settings": "[data-key]",
    "station/you": "#language",
    "station/health": "tbody tr",
    "station/log": "#log li",
    "station/displays": "#display-64:visible",
    "station/backup": "#restore-file",
}


def log_in(page, name, password):
    """Fill in and send the form of a login."""
    page.fill("#view input[autocomplete=username]", name)
    page.fill("#view input[type=password]", password)
    page.click("#view form button")


def go_to(page, view):
    """Open a view by its links, and wait until it is complete."""
    tab, _, part = view.partition("/")
    page.click(f"#tabs a[href='#{tab}']")
    page.wait_for_selector(f"#tabs a[href='#{tab}'][aria-current]")
    if part:
        page.click(f".parts a[href='#{view}']")
        page.wait_for_selector(f".parts a[href='#{view}'][aria-current]")
    page.wait_for_selector(VIEWS[view])


def wait_text(page, selector, pattern):
    """Wait until an element's text matches."""
    page.wait_for_function(
        """([selector, pattern]) => {
            const found = document.querySelector(selector);
            return found && new RegExp(pattern).test(found.textContent);
        }""",
        arg=[selector, pattern],
    )


def press(page, name):
    """Press the button with this name."""
    page.get_by_role("button", name=name, exact=True).click()


def confirm(page):
    """Say yes in a dialog."""
    page.click("dialog button.main")


def setting_value(station, key):
    """Return the value of a setting."""
    return next(row["value"] for row in station.bench("/settings") if row["key"] == key)


def setting(page, key):
    """Return the input of a setting, with its group opened."""
    page.evaluate(
        "key => { document.querySelector(`[data-key=${key}]`).closest('details').open = true; }", key
    )
    return page.locator(f"#s-{key}")


def upload(page, selector, name, kind, content):
    """Choose a file that has this content."""
    page.set_input_files(selector, {"name": name, "mimeType": kind, "buffer": content})
