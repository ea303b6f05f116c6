"""A clock that only waiting moves, for everything that takes a `Timing`."""

from secstatus.adapters.retry import Timing


class FakeClock:
    """`now`: seconds. `waits`: the seconds of each wait. `then(number)` runs after each wait.

    `chance` is what the program draws where it varies its pauses: 0 is the whole pause.
    """

    def __init__(self, then=None, chance=0.0):
        self.now, self.waits, self.then = 0.0, [], then
        self.timing = Timing(clock=lambda: self.now, sleep=self.sleep, chance=lambda: chance)

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds
        if self.then:
            self.then(len(self.waits))
