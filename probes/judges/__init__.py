"""How are the models of judges asked?"""
