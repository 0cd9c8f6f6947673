"""The methods that a model can be trained with, one file each."""
