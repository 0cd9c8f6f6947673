"""Does an answer to a helpful probe do what was asked, as a program can check it?"""
