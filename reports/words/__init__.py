"""How does a finding become text?"""
