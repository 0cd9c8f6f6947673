"""The translation into TRL's settings, by the name that scripts of others import it by."""

from train.trainer import trl_settings

__all__ = ["trl_settings"]
