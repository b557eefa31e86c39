"""The table of endpoints: which function of which module answers, and who may ask.

A line is `path|method|module|function|who|body`. `who` is guest, driver, user, installer, or what the setting LEGACY
says about it: `read`, `write`. A path that ends in `*` takes anything there. `body` is how many bytes a handler wants
to be read for it; longer ones are refused, and `-` is a handler that reads by itself.
"""

from micropython import const

TEXT = (
    "/|GET|pages|index|guest|0\n"
    "/page/*|GET|pages|file|guest|0\n"
    "/settings|GET|legacy|get_settings|read|0\n"
    "/settings|POST|legacy_post|settings|write|0\n"
    "/currents|POST|legacy_feeds|currents|write|0\n"
    "/ev_meter|POST|legacy_feeds|ev_meter|write|0\n"
    "/color_*|POST|legacy_feeds|color|write|0\n"
    "/cablelock|POST|legacy_post|cablelock|write|0\n"
    "/rfid|POST|legacy_feeds|rfid|write|0\n"
    "/power_day|GET|legacy_more|power_day|read|0\n"
    "/lcd|GET|legacy_panel|lcd|read|0\n"
    "/lcd|POST|legacy_panel|press|write|0\n"
    "/ws/lcd|GET|legacy_panel|no_socket|read|0\n"
    "/ev_state|POST|legacy_panel|no_modem|write|0\n"
    "/lcd-verify-password|POST|legacy_panel|verify_pin|read|128\n"
    "/mqtt_ca_cert|GET|legacy_more|ca_cert|read|0\n"
    "/mqtt_ca_cert|POST|legacy_more|put_ca_cert|write|8192\n"
    "/reboot|POST|legacy_more|reboot|write|0\n"
    "/reboot|GET|legacy_more|reboot|user|0\n"
    "/erasesettings|POST|legacy_more|erase|user|0\n"
    "/api/v1|GET|api|about|guest|0\n"
    "/api/v1/openapi|GET|api|openapi|guest|0\n"
    "/api/v1/status|GET|events|status|guest|0\n"
    "/api/v1/events|GET|events|stream|guest|0\n"
    "/api/v1/setup|POST|api_access|setup|guest|512\n"
    "/api/v1/login|POST|api_access|login|guest|512\n"
    "/api/v1/logout|POST|api_access|logout|guest|512\n"
    "/api/v1/session|GET|api_access|session|guest|0\n"
    "/api/v1/accounts|GET|api_access|list_accounts|user|0\n"
    "/api/v1/accounts/*|PUT|api_access|put_account|driver|1024\n"
    "/api/v1/accounts/*|DELETE|api_access|delete_account|user|0\n"
    "/api/v1/tokens|GET|api_access|list_tokens|user|0\n"
    "/api/v1/tokens/*|PUT|api_access|put_token|user|512\n"
    "/api/v1/tokens/*|DELETE|api_access|delete_token|user|0\n"
    "/api/v1/settings|GET|api_settings|show|user|0\n"
    "/api/v1/settings|PATCH|api_settings|change|user|8192\n"
    "/api/v1/backup|GET|api_settings|backup|user|0\n"
    "/api/v1/restore|POST|api_settings|restore|user|8192\n"
    "/api/v1/requests|POST|api|request|user|512\n"
    "/api/v1/meters|GET|api|meters|user|0\n"
    "/api/v1/health|GET|api|health|user|0\n"
    "/api/v1/log|GET|api|lines|user|0\n"
    "/api/v1/sessions|GET|api_lists|sessions|driver|0\n"
    "/api/v1/sessions.csv|GET|api_lists|sessions_csv|driver|0\n"
    "/api/v1/cards|GET|api_lists|cards|user|0\n"
    "/api/v1/cards|PUT|api_lists|replace_cards|user|-\n"
    "/api/v1/cards/*|PUT|api_lists|add_card|user|0\n"
    "/api/v1/cards/*|DELETE|api_lists|remove_card|user|0\n"
    "/api/v1/hours|GET|api_rules|hours|user|0\n"
    "/api/v1/hours|PUT|api_rules|put_hours|user|8192\n"
    "/api/v1/conditions|GET|api_rules|conditions|user|0\n"
    "/api/v1/conditions/*|PUT|api_rules|put_conditions|user|2048\n"
    "/api/v1/conditions/*|DELETE|api_rules|delete_conditions|user|0\n"
    "/api/v1/now|GET|api_now|now|user|0\n"
    "/api/v1/power|GET|api_now|power|user|0\n"
    "/api/v1/display|GET|api_now|display|user|0\n"
    "/api/v1/picture|GET|api_picture|show|user|0\n"
    "/api/v1/picture|PUT|api_picture|put|user|-\n"
    "/api/v1/picture|DELETE|api_picture|delete|user|0\n"
    "/api/v1/ocpp_ca|GET|api_authority|show|user|0\n"
    "/api/v1/ocpp_ca|PUT|api_authority|put|installer|8192\n"
    "/api/v1/ocpp_ca|DELETE|api_authority|delete|installer|0\n"
    "/api/v1/ocpp_client|PUT|api_authority|put_own|installer|8192\n"
    "/api/v1/ocpp_client|DELETE|api_authority|delete_own|installer|0\n"
)

READS_ITSELF = const(-1)


class Route:
    """One line of the table; `rest` is what stands for the `*`."""

    def __init__(self, line: str, rest: str) -> None:
        fields = line.split("|")
        self.module = fields[2]
        self.function = fields[3]
        self.who = fields[4]
        self.body_bytes = READS_ITSELF if fields[5] == "-" else int(fields[5])
        self.rest = rest


def find(method: str, path: str) -> "Route | str | None":
    """Return the route of a request; None for no such path, and the methods there are when it has another one."""
    if "|" in path or "*" in path or "\n" in path:
        return None
    if method == "HEAD":
        method = "GET"
    allowed = ""
    for known in _forms(path):
        begin = 0 if TEXT.startswith(known) else TEXT.find("\n" + known) + 1
        while TEXT.startswith(known, begin):
            end = TEXT.find("\n", begin)
            line = TEXT[begin:end]
            found = line.split("|", 2)[1]
            if found == method:
                return Route(line, path[len(known) - 2 :] if known.endswith("*|") else "")
            allowed += ", " + found if allowed else found
            begin = end + 1
        if allowed:
            return allowed
    return None


def _forms(path: str) -> tuple:
    """Return the beginnings of the lines that a path may have, the plain one first."""
    at = max(path.rfind("/"), path.find("_") if path.startswith("/color_") else -1)
    if at == 0 or at == len(path) - 1:
        return (path + "|",)
    return path + "|", path[: at + 1] + "*|"
