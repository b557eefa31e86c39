"""The modules of handlers: where they are, and what each needs; they are loaded one by one when somebody asks."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# What has to be loaded for each, in this order: what it imports besides what is there anyway, and itself.
_MODULES = {
    "legacy": "evse.services.smartevse_names evse.settings.values evse.services.web.legacy",
    "legacy_post": "evse.services.smartevse_names evse.services.web.body evse.services.web.legacy_post",
    "legacy_feeds": "evse.services.web.body evse.services.web.legacy_feeds",
    "legacy_panel": "evse.services.web.attempts evse.services.web.legacy_panel",
    "legacy_more": "evse.services.web.legacy_more",
    "api": "evse.services.web.body evse.services.web.api",
    "api_access": (
        "evse.services.web.pbkdf2 evse.services.web.passwords evse.services.web.attempts evse.services.web.body "
        "evse.services.web.api_access"
    ),
    "api_settings": (
        "evse.settings.conditions evse.settings.values evse.services.web.body evse.services.web.api_settings"
    ),
    "api_lists": (
        "evse.services.cards_table evse.services.cards evse.services.web.body evse.services.web.api "
        "evse.services.sessions_export evse.services.web.api_lists"
    ),
    "api_picture": "evse.services.picture_files evse.services.web.api_picture",
    "api_now": "evse.services.web.body evse.services.web.api evse.services.web.api_now",
    "api_rules": "evse.services.web.body evse.services.web.api_rules",
    "api_authority": "evse.services.web.api_authority",
    "events": "evse.services.web.events",
    "pages": "evse.services.web.pages",
}


def modules(name: str) -> str:
    """Return the modules to load for a name in the table of routes, divided by spaces."""
    return _MODULES[name]


def load(name: str) -> "Any":
    """Import a module by that name; written out, so that who builds an image finds them all."""
    if name == "legacy":
        from evse.services.web import legacy as module
    elif name == "legacy_post":
        from evse.services.web import legacy_post as module
    elif name == "legacy_feeds":
        from evse.services.web import legacy_feeds as module
    elif name == "legacy_panel":
        from evse.services.web import legacy_panel as module
    elif name == "legacy_more":
        from evse.services.web import legacy_more as module
    elif name == "pages":
        from evse.services.web import pages as module
    elif name == "events":
        from evse.services.web import events as module
    else:
        module = _load_api(name)
    return module


def _load_api(name: str) -> "Any":
    if name == "api_access":
        from evse.services.web import api_access as module
    elif name == "api_settings":
        from evse.services.web import api_settings as module
    elif name == "api_lists":
        from evse.services.web import api_lists as module
    elif name == "api_now":
        from evse.services.web import api_now as module
    elif name == "api_rules":
        from evse.services.web import api_rules as module
    elif name == "api_picture":
        from evse.services.web import api_picture as module
    elif name == "api_authority":
        from evse.services.web import api_authority as module
    else:
        from evse.services.web import api as module
    return module
