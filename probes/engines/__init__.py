"""What loads a model and answers?"""
