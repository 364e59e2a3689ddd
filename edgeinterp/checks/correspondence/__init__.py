"""After block l, is the hidden state at position i still token i?"""
