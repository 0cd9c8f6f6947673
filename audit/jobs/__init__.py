"""What happens in a run, a check, an import, a labelling?"""
