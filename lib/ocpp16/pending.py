"""What the central system has asked for and what takes longer than a moment: answers that come later, and a reset."""


class Pending:
    """`cp` is the ChargePoint.

    `unlocking` has (message id, connector, until when), `working` (message id, generator, its pieces), and `resetting`
    is kind, since when and until when at the latest, or None.
    """

    def __init__(self, cp) -> None:
        self._cp = cp
        self.unlocking: list = []
        self.working: list = []
        self.resetting: "tuple | None" = None

    @property
    def idle(self) -> bool:
        """Tell whether there is nothing of all that."""
        return not (self.unlocking or self.working or self.resetting)

    def disconnected(self) -> None:
        """Forget whom nobody waits for any more."""
        self.unlocking = []
        self.working = []

    def work(self) -> bool:
        """Go on with an answer that takes longer; True while there is more to do."""
        if not self.working:
            return False
        message_id, generator, pieces = self.working[0]
        try:
            piece = next(generator)
            if piece:
                pieces.append(piece)
            return True
        except StopIteration:
            self._cp.rpc.answer(message_id, pieces)
        except Exception as error:
            self._cp.rpc.failed(message_id, error)
        self.working.pop(0)
        return len(self.working) > 0

    def answer(self) -> None:
        """Give the answers that are ready."""
        for entry in list(self.unlocking):
            message_id, number, until_s = entry
            result = self._cp.station.unlocked(number)
            if result is None and self._cp.now.up_s >= until_s:
                result = "UnlockFailed"
            if result is not None:
                self.unlocking.remove(entry)
                self._cp.rpc.answer(message_id, '{"status":"%s"}' % result)
        if self.working:
            self.work()

    def reset(self) -> None:
        """Restart the station once everything was told, or when it is time."""
        if self.resetting is None:
            return
        kind, since_s, until_s = self.resetting
        up_s = self._cp.now.up_s
        done = (self._cp.delivery.idle() and not self._cp.rpc.busy) or not self._cp.is_online()
        # Time for the answer to go out.
        if up_s > since_s + 1 and (done or up_s >= until_s) and not self._cp.transactions.ending():
            self.resetting = None
            self._cp.station.reset(kind)
