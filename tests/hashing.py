"""A password hash for tests: as the product's, but quick."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class FewRounds(PBKDF2PasswordHasher):
    iterations = 1000
