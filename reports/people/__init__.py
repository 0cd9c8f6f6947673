"""What do people call the answers, and what are the rates once the judge is corrected by them?"""
