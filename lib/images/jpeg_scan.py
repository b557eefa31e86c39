"""One scan of a JPEG: which blocks come in which order, and what is done with each (ITU-T T.81, A.2, B.2.3, F.2)."""

from micropython import const

from .errors import damaged
from .jpeg_bits import Bits, read_coefficients
from .jpeg_component import Component
from .jpeg_header import Header

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

# Estimated time of a block and of a byte of data on a PC, in microseconds.
_BLOCK_US = const(12)
_BYTE_US = const(2)
_STEP_US = const(250)


class Scan:
    """The header of a scan and its decoder for blocks of sequential files."""

    def __init__(self, header: Header, bits: Bits) -> None:
        """Read the scan header (B.2.3); `header` is at the beginning of its segment's data."""
        self.bits = bits
        self.header = header
        self.components: "list[Component]" = []
        count = header.byte()
        for _ in range(count):
            identity = header.byte()
            tables = header.byte()
            for component in header.components:
                if component.identity == identity and component not in self.components:
                    self._select(component, tables)
                    break
            else:
                raise damaged("a scan is not valid")
        self.first = header.byte()
        self.last = header.byte()
        shifts = header.byte()
        self.shift_before = shifts >> 4
        self.shift = shifts & 0x0F
        if not self.components or header.left:
            raise damaged("a scan is not valid")
        self.alone = len(self.components) == 1

    def _select(self, component: Component, tables: int) -> None:
        """Give a component the tables of this scan."""
        if tables >> 4 > 3 or tables & 0x0F > 3:
            raise damaged("a scan is not valid")
        component.dc = self.header.dc[tables >> 4]
        component.ac = self.header.ac[tables & 0x0F]
        component.prediction = 0
        self.components.append(component)

    def prepare(self) -> None:
        """Check the header against the rules for sequential files; other fields than components are not used."""
        for component in self.components:
            if component.scanned or component.dc is None or component.ac is None:
                raise damaged("a scan is not valid")
            component.quantise(self.header.quantisation[component.table])
            component.scanned = True

    def adds_lines(self, component: Component) -> bool:
        """Tell whether the samples of a row of blocks are complete when the row has been read."""
        return True

    def reset(self) -> None:
        """Begin a restart interval."""
        for component in self.components:
            component.prediction = 0

    def block(self, component: Component, column: int, row: int, line: int) -> None:
        """Read the block in `column` and `row` of the picture; `line` is its row in the row of units."""
        bits = self.bits
        assert component.dc is not None and component.ac is not None
        mean = component.predict(bits.signed(bits.symbol(component.dc) & 0x0F), 0)
        if component.points == 1:
            component.samples[line * component.stride + column] = mean
            read_coefficients(bits, component.ac, component.kept, 0, component.block)
            return
        block = component.block
        for place in range(len(block)):
            block[place] = 0
        block[0] = mean
        read_coefficients(bits, component.ac, component.kept, component.last, block)
        component.transform(block, 0, column, line)

    def run(self) -> "Iterator[bool]":
        """Read all blocks of the scan."""
        first = self.components[0]
        columns = first.blocks_across if self.alone else first.units_across
        rows = first.blocks_down if self.alone else first.units_down
        restart_units = self.header.restart_units
        left = restart_units
        restarts = 0
        spent_us = 0
        for row in range(rows):
            for column in range(columns):
                if restart_units:
                    if not left:
                        self.bits.restart(restarts & 7)
                        self.reset()
                        restarts += 1
                        left = restart_units
                    left -= 1
                spent_us += self._unit(column, row)
                if spent_us > _STEP_US:
                    spent_us = 0
                    yield False
            for component in self.components:
                if self.adds_lines(component):
                    down = 1 if self.alone else component.down
                    yield from component.add_lines(row * down, down)
        self.bits.finish()

    def _unit(self, column: int, row: int) -> int:
        """Read the blocks of one unit (A.2.3) and return about how long it took, in microseconds on a PC."""
        taken = self.bits.taken()
        spent_us = 0
        for component in self.components:
            across = 1 if self.alone else component.across
            down = 1 if self.alone else component.down
            for line in range(down):
                for place in range(column * across, (column + 1) * across):
                    self.block(component, place, row * down + line, line)
                    spent_us += _BLOCK_US + 3 * component.points * component.points
        return spent_us + (self.bits.taken() - taken) * _BYTE_US
