"""What a person at the keyboard can put right."""


class Problem(Exception):
    """One sentence that says what is wrong and what to do. It is printed as it stands and ends the command."""
