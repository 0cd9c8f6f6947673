"""Where is arithmetic done?"""

import torch


def fastest_device() -> str:
    """Return where arithmetic is done: on a GPU where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"
