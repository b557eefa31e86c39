"""Scans of progressive JPEG files (ITU-T T.81, annex G).

A component that is reduced to the means of its blocks keeps nothing: means are sums of what their scans bring. Of the
others the low frequencies that are used are kept, and of all coefficients whether they are zero, because the number of
bits in later scans depends on it.
"""

from array import array

from micropython import const

from .errors import ImageError, check_memory, damaged, fits
from .jpeg_component import MEMORY_BYTES, Component
from .jpeg_scan import Scan

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT_BYTES_MAX = const(24576)
_ADVICE = "Save it as a baseline JPEG."
_NOWHERE = const(255)
_COEFFICIENT_MAX = const(16383)
# Of a coefficient of 10 bits; what is behind it has no meaning for 8-bit pictures.
_SIZE_MAX = const(14)


def reserve(components: "list[Component]", columns: int, rows: int, memory_max: int) -> None:
    """Choose as many points as memory allows; the colours get fewer first."""
    cells = columns * rows
    for _ in range(3):
        if kept_bytes(components) > _KEPT_BYTES_MAX or not fits(_need_bytes(components, cells), memory_max):
            for component in components[1:]:
                component.points = max(1, component.points // 2)
    check_memory(_need_bytes(components, cells), memory_max, _ADVICE)
    if kept_bytes(components) > _KEPT_BYTES_MAX:
        raise ImageError("This progressive JPEG needs too much memory. " + _ADVICE)


def allocate_kept(component: Component) -> None:
    """Allocate what is kept of a component: coefficients, or sums alone."""
    if component.points == 1:
        component.allocate_sums(False)
        return
    blocks = component.units_across * component.across * component.units_down * component.down
    component.coefficients = array("h", bytes(2 * blocks * component.points * component.points))
    component.known = bytearray(8 * blocks)


def _need_bytes(components: "list[Component]", cells: int) -> int:
    """Return the memory of the decoder with coefficients, lines and sums."""
    total = MEMORY_BYTES + kept_bytes(components)
    for component in components:
        total += component.line_bytes() + (4 * cells if component.points == 1 else 0)
    return total


def kept_bytes(components: "list[Component]") -> int:
    """Return the memory for coefficients."""
    total = 0
    for component in components:
        if component.points > 1:
            blocks = component.units_across * component.across * component.units_down * component.down
            total += blocks * (8 + 2 * component.points * component.points)
    return total


def finish(component: Component) -> "Iterator[bool]":
    """Add the kept blocks of a component to its sums, after the last scan, and give their memory back."""
    if component.points == 1:
        return
    component.allocate_sums(True)
    size = component.points * component.points
    across = component.units_across * component.across
    for row in range(component.blocks_down):
        for column in range(component.blocks_across):
            component.transform(component.coefficients, (row * across + column) * size, column, 0)
            yield False
        yield from component.add_lines(row, 1)
    component.coefficients = array("h")
    component.known = bytearray(0)


class ProgressiveScan(Scan):
    """A scan of one band of frequencies and one range of bits."""

    _zero_blocks = 0

    def prepare(self) -> None:
        """Check the header (G.1.1.1)."""
        if self.first > self.last or self.last > 63 or (self.first == 0 and self.last > 0):
            raise damaged("a scan is not valid")
        if self.shift > 13 or (self.shift_before and self.shift_before != self.shift + 1):
            raise damaged("a scan is not valid")
        if self.first and not self.alone:
            raise damaged("a scan is not valid")
        for component in self.components:
            if self.first:
                if not component.scanned or component.ac is None:
                    raise damaged("a scan is not valid")
            elif self.shift_before != component.mean_shift or component.scanned != (self.shift_before > 0):
                # Means are added up: no bit may come twice.
                raise damaged("a scan is not valid")
            elif component.dc is None and not self.shift_before:
                raise damaged("a scan is not valid")
            else:
                component.mean_shift = self.shift
            component.quantise(self.header.quantisation[component.table])
            component.scanned = True

    def adds_lines(self, component: Component) -> bool:
        """Tell whether the scan has brought means that can be added up at once."""
        return component.points == 1

    def can_be_skipped(self) -> bool:
        """Tell whether nothing of the scan is used."""
        return self.first != 0 and self.components[0].points == 1

    def reset(self) -> None:
        """Begin a restart interval."""
        super().reset()
        self._zero_blocks = 0

    def block(self, component: Component, column: int, row: int, line: int) -> None:
        """Read what the scan has of a block."""
        if not self.first:
            self._mean(component, column, row, line)
            return
        block = row * component.units_across * component.across + column
        if self.shift_before:
            self._refine(component, block)
        elif self._zero_blocks:
            self._zero_blocks -= 1
        else:
            self._coefficients(component, block)

    def _mean(self, component: Component, column: int, row: int, line: int) -> None:
        """Read a mean (G.1.2.1), or one more bit of it."""
        bits = self.bits
        if self.shift_before:
            mean = bits.take(1) << self.shift
        else:
            assert component.dc is not None
            mean = component.predict(bits.signed(bits.symbol(component.dc) & 0x0F), self.shift)
        if component.points == 1:
            component.samples[line * component.stride + column] = mean
        else:
            block = row * component.units_across * component.across + column
            component.coefficients[block * component.points * component.points] += mean

    def _coefficients(self, component: Component, block: int) -> None:
        """Read the first bits of a band of coefficients (G.1.2.2)."""
        bits = self.bits
        assert component.ac is not None
        number = self.first
        while number <= self.last:
            symbol = bits.symbol(component.ac)
            run = symbol >> 4
            size = symbol & 0x0F
            if size:
                number += run
                if number > 63 or size + self.shift > _SIZE_MAX:
                    raise damaged("a coefficient is out of range")
                self._set(component, block, number, bits.signed(size) << self.shift)
            elif run == 15:
                number += 15
            else:
                self._zero_blocks = (1 << run) - 1 + bits.take(run)
                return
            number += 1

    def _set(self, component: Component, block: int, number: int, coefficient: int) -> None:
        """Keep a coefficient that was zero."""
        component.known[8 * block + (number >> 3)] |= 1 << (number & 7)
        place = component.kept[number]
        if place != _NOWHERE:
            component.coefficients[block * component.points * component.points + place] = coefficient

    def _refine(self, component: Component, block: int) -> None:
        """Read one more bit of a band of coefficients (G.1.2.3)."""
        bits = self.bits
        assert component.ac is not None
        number = self.first
        while number <= self.last and not self._zero_blocks:
            symbol = bits.symbol(component.ac)
            run = symbol >> 4
            coefficient = 0
            if symbol & 0x0F:
                coefficient = (1 if bits.take(1) else -1) << self.shift
            elif run < 15:
                self._zero_blocks = (1 << run) + bits.take(run)
                break
            number = self._refine_run(component, block, number, run)
            if coefficient and number <= self.last:
                self._set(component, block, number, coefficient)
            number += 1
        if self._zero_blocks:
            self._refine_run(component, block, number, 64)
            self._zero_blocks -= 1

    def _refine_run(self, component: Component, block: int, number: int, zeros: int) -> int:
        """Refine what is not zero until `zeros` zeros have been passed; return where the next zero is."""
        known = component.known
        size = component.points * component.points
        while number <= self.last:
            if known[8 * block + (number >> 3)] >> (number & 7) & 1:
                if self.bits.take(1):
                    place = component.kept[number]
                    if place != _NOWHERE:
                        place += block * size
                        coefficient = component.coefficients[place]
                        if -_COEFFICIENT_MAX < coefficient < _COEFFICIENT_MAX:
                            step = 1 << self.shift
                            component.coefficients[place] += step if coefficient > 0 else -step
            elif zeros:
                zeros -= 1
            else:
                return number
            number += 1
        return number
