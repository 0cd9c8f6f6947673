"""What does a reader see: the page, its pictures and tables?"""
