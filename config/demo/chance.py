"""Dice that fall the same way for the same seed."""

import random
import uuid


class Chance(random.Random):
    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.getrandbits(128), version=4)

    def odds(self, share: float) -> bool:
        return self.random() < share
