"""How does the built-in judge read?"""
