"""What may a configuration, a gate and a judges' file say?"""
