"""Which of vLLM's environment variables did the operator set?

Taken when this is first imported, and so before vLLM, which adds variables of its one process.
"""

import os

SECRETS = ("KEY", "SECRET", "PASSWORD")
ENVIRONMENT = {
    name: text
    for name, text in os.environ.items()
    if name.startswith("VLLM_") and not any(word in name for word in SECRETS)
}
