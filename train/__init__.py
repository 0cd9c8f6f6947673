"""Preference data in, checkpoints out. The only package that imports trl and peft."""
