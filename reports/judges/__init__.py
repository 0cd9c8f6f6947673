"""What is a refusal, who says so, and how right are they?"""
