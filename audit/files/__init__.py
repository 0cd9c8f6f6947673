"""How are files read, written, hashed and locked?"""
