"""What does a run's folder hold, and how do programs share it?"""
