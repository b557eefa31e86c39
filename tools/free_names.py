"""Names that MicroPython has built in on every port with its full set of features, and so cost no memory.

None of them is an attribute that MicroPython or a library looks for on somebody else's object.
"""

NAMES = (
    # Exceptions and constants.
    "ArithmeticError AssertionError AttributeError BaseException EOFError GeneratorExit ImportError IndentationError "
    "LookupError NameError NotImplementedError OverflowError StopAsyncIteration SyntaxError SystemExit UnicodeError "
    "ZeroDivisionError Ellipsis NotImplemented "
    # Functions and types.
    "bin callable classmethod compile complex delattr dir divmod eval execfile filter frozenset globals hash help hex "
    "input issubclass locals oct reversed round slice "
    # Numbers.
    "acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh degrees erf erfc exp expm1 fabs fmod frexp gamma "
    "isfinite isinf isnan ldexp lgamma log10 log2 modf pi radians sinh sqrt tan tanh trunc phase polar rect imag real "
    # Methods of built-in types.
    "center isalpha islower isspace isupper rindex rsplit splitlines fromkeys popitem setdefault "
    "difference difference_update intersection intersection_update isdisjoint issubset issuperset "
    "symmetric_difference symmetric_difference_update appendleft popleft "
    # Parts of modules.
    "byteorder exc_info implementation maxsize version_info isenabled threshold mem_info opt_level stack_use "
    "heap_lock heap_unlock schedule kbd_intr calcsize OrderedDict deque namedtuple heapify heappop heappush randint "
    "randrange uniform seed ellipse poly scroll GS2_HMSB ilistdir chdir getcwd umount mkfs addressof bytearray_at "
    "bytes_at sizeof ARRAY LITTLE_ENDIAN BIG_ENDIAN NATIVE FLOAT32 FLOAT64 UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 "
    "INT64 BFINT8 BFINT16 BFINT32 BFUINT8 BFUINT16 BFUINT32 BF_LEN BF_POS SHORT USHORT LONG ULONG LONGLONG ULONGLONG "
    "CERT_NONE CERT_OPTIONAL CERT_REQUIRED PROTOCOL_TLS_CLIENT PROTOCOL_TLS_SERVER DeflateIO mktime localtime gmtime "
    "sleep_us ticks_cpu"
)
