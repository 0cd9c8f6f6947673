"""Which statistics hold for paired answers?"""
