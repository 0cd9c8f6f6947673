"""Say with evidence what DPO training did to a chat model's refusals and helpfulness."""

__version__ = "0.1.0"
