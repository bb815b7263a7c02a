"""What all tests share."""

from hypothesis import settings

settings.register_profile("lab", deadline=None, max_examples=50)
settings.load_profile("lab")
