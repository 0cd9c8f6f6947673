"""What differs between two arms, and between many?"""
