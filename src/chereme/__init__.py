"""chereme: collections of sign-language videos into data that one can train on."""
