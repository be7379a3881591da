"""The resources: each translates a request, calls one service, and translates back."""
