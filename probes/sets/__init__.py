"""Which probes are there, and which are asked?"""
