"""The modules of handlers: where they are, and what each needs; they are loaded one by one when somebody asks."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# What is not in the package of the web.
_ELSEWHERE = "smartevse_names sessions_export cards_table cards picture_files"
_OF_SETTINGS = "conditions values"
# What a module imports besides what is there anyway.
_NEEDS = {
    "legacy": "smartevse_names values",
    "legacy_post": "smartevse_names body",
    "legacy_feeds": "body",
    "legacy_panel": "attempts",
    "api": "body",
    "api_access": "pbkdf2 passwords attempts body",
    "api_settings": "conditions values body",
    "api_lists": "cards_table cards body api sessions_export",
    "api_picture": "picture_files",
    "api_now": "body api",
    "api_rules": "body",
}


def needs(name: str) -> list:
    """Return what has to be loaded before this module."""
    return _NEEDS.get(name, "").split()


def full_name(name: str) -> str:
    """Return the name of a module with its packages."""
    if name in _OF_SETTINGS.split():
        return "evse.settings." + name
    return ("evse.services." if name in _ELSEWHERE.split() else "evse.services.web.") + name


def load(name: str) -> "Any":
    """Import a module by the name in a table; written out, so that who builds an image finds them all."""
    if name == "smartevse_names":
        from evse.services import smartevse_names as module
    elif name == "sessions_export":
        from evse.services import sessions_export as module
    elif name == "cards_table":
        from evse.services import cards_table as module
    elif name == "cards":
        from evse.services import cards as module
    elif name == "picture_files":
        from evse.services import picture_files as module
    elif name == "legacy":
        from evse.services.web import legacy as module
    elif name == "legacy_post":
        from evse.services.web import legacy_post as module
    elif name == "legacy_feeds":
        from evse.services.web import legacy_feeds as module
    elif name == "legacy_panel":
        from evse.services.web import legacy_panel as module
    elif name == "legacy_more":
        from evse.services.web import legacy_more as module
    elif name == "values":
        from evse.settings import values as module
    elif name == "conditions":
        from evse.settings import conditions as module
    elif name == "pages":
        from evse.services.web import pages as module
    else:
        module = _load_api(name)
    return module


def _load_api(name: str) -> "Any":
    if name == "body":
        from evse.services.web import body as module
    elif name == "attempts":
        from evse.services.web import attempts as module
    elif name == "passwords":
        from evse.services.web import passwords as module
    elif name == "pbkdf2":
        from evse.services.web import pbkdf2 as module
    elif name == "api_access":
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
    elif name == "events":
        from evse.services.web import events as module
    else:
        from evse.services.web import api as module
    return module
