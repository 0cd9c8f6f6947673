"""Can the hub be reached at all? Its client tries for half a minute where nothing answers."""

import os
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies

CONNECT_SECONDS = 4
"""A server that has not taken the connection by then is out of reach."""


def stay_offline_if_unreachable() -> None:
    """Tell the hub's client to look in its cache only, where the hub takes no connection.

    To be called before `datasets` is imported. Behind a proxy nothing is tried: the proxy answers.
    """
    from huggingface_hub import constants

    address = urlsplit(constants.ENDPOINT)
    if constants.HF_HUB_OFFLINE or address.scheme in getproxies() or not address.hostname:
        return
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname, port), CONNECT_SECONDS).close()
    except OSError:
        constants.HF_HUB_OFFLINE = True
        os.environ["HF_HUB_OFFLINE"] = "1"
