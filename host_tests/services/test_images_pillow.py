"""Pictures of every kind that Pillow writes, decoded here and by Pillow, and what they take under MicroPython."""

import io
import json
import math
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageSequence

from images.convert import convert
from images.errors import ImageError
from images.fit import fit_length
from images.frames import FRAME_BYTES, HEADER_BYTES
from interpreters import MICROPYTHON, ROOT, micropython_environment

SIZES = [(1, 1), (7, 90), (31, 32), (32, 32), (64, 64), (100, 37), (300, 200)]


def scene(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a picture with gradients, edges and some texture, the same every time."""
    image = Image.new("RGB", (width, height))
    image.putdata(
        [
            (
                int(127 + 120 * math.sin(5 * x / width + 2 * y / height)),
                int(127 + 120 * math.cos(3 * x / width - 4 * y / height)),
                (255 * y // height + 61 * (x * x // 7 + 3 * y)) // 2 & 0xFF,
            )
            for y in range(height)
            for x in range(width)
        ]
    )
    ImageDraw.Draw(image).ellipse([width // 4, height // 4, width // 2, height // 2], fill=(250, 20, 20))
    return image.convert(mode)


def smooth(width: int, height: int) -> Image.Image:
    """Return a picture without texture, of which reduced transforms and averages give nearly the same."""
    image = Image.new("RGB", (width, height))
    image.putdata(
        [
            (
                int(127 + 120 * math.sin(5 * x / width + 2 * y / height)),
                int(127 + 120 * math.cos(3 * x / width - 4 * y / height)),
                255 * y // height,
            )
            for y in range(height)
            for x in range(width)
        ]
    )
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def converted(data: bytes) -> list[bytes]:
    sink = io.BytesIO()
    for _ in convert(io.BytesIO(data), sink):
        pass
    frames = sink.getvalue()[HEADER_BYTES:]
    return [frames[start : start + FRAME_BYTES] for start in range(0, len(frames), FRAME_BYTES)]


def averaged(image: Image.Image) -> bytes:
    """Return the frame by definition: averages of the pixels of each cell over black, rounded."""
    image = image.convert("RGBA")
    width, height = image.size
    pixels: list[tuple[int, int, int, int]] = list(image.get_flattened_data())  # type: ignore
    columns = fit_length(width, max(width, height), 32)
    rows = fit_length(height, max(width, height), 32)
    frame = bytearray(FRAME_BYTES)
    for row in range(rows):
        for column in range(columns):
            cell = [
                pixels[y * width + x]
                for y in range(-(-row * height // rows), -(-(row + 1) * height // rows))
                for x in range(-(-column * width // columns), -(-(column + 1) * width // columns))
            ]
            at = 3 * (((32 - rows) // 2 + row) * 32 + (32 - columns) // 2 + column)
            for colour in range(3):
                total = sum((pixel[colour] * pixel[3] + 127) // 255 for pixel in cell)
                frame[at + colour] = (total + len(cell) // 2) // len(cell)
    return bytes(frame)


def difference(one: bytes, other: bytes) -> tuple[int, float]:
    """Return the largest and the mean difference of two frames."""
    differences = [abs(a - b) for a, b in zip(one, other, strict=True)]
    return max(differences), sum(differences) / len(differences)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_is_exact(mode: str, size: tuple[int, int]) -> None:
    image = scene(*size, mode)
    if mode in ("LA", "RGBA"):
        image.putalpha(scene(size[1], size[0], "L").resize(size))
    assert converted(saved(image, "PNG")) == [averaged(image)]
    assert converted(saved(image, "PNG", compress_level=1)) == [averaged(image)]


def test_png_of_16_bits_is_exact() -> None:
    grey = scene(50, 40, "L")
    deep = Image.new("I;16", grey.size)
    deep.putdata([value * 257 for value in grey.get_flattened_data()])
    assert converted(saved(deep, "PNG")) == [averaged(grey)]


def test_png_with_transparent_palette_is_exact() -> None:
    image = scene(40, 40).quantize(16)
    data = saved(image, "PNG", transparency=bytes(range(0, 256, 16)))
    assert converted(data) == [averaged(Image.open(io.BytesIO(data)))]


@pytest.mark.parametrize("size", SIZES)
def test_gif_of_one_picture_is_exact(size: tuple[int, int]) -> None:
    for options in ({"interlace": 0}, {"interlace": 1}, {"transparency": 3}):
        data = saved(scene(*size).quantize(64), "GIF", **options)
        assert converted(data) == [averaged(Image.open(io.BytesIO(data)))]


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [(20, 30), (32, 32), (64, 48), (64, 64)])
def test_animation_is_exact(size: tuple[int, int], disposal: int) -> None:
    pictures = [scene(*size).rotate(20 * turn).quantize(32) for turn in range(6)]
    # Pillow does not restore what was before the first picture, which is nothing.
    disposals = [min(1, disposal)] + [disposal] * 5
    data = saved(
        pictures[0], "GIF", save_all=True, append_images=pictures[1:], disposal=disposals, duration=50, loop=1
    )
    expected = [averaged(picture) for picture in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]
    assert len(expected) == 6
    assert converted(data) == expected


def test_large_animation_is_near() -> None:
    pictures = [smooth(256, 192).rotate(9 * turn).quantize(64, dither=Image.Dither.NONE) for turn in range(5)]
    data = saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:])
    expected = [averaged(picture) for picture in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]
    for frame, target in zip(converted(data), expected, strict=True):
        assert difference(frame, target)[1] < 4


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("size", [*SIZES, (255, 250), (640, 480)])
def test_jpeg_is_near(size: tuple[int, int], subsampling: int, progressive: bool) -> None:
    # Pillow interpolates colours of half the resolution, which is seen while pixels are shown one to one.
    large = max(size) >= 64 and min(size) >= 32
    if progressive and subsampling == 1 and size == (255, 250):
        # Memory allows no more than the means of the colours' blocks here, each of 16 x 8 pixels.
        large = False
    plain = smooth(*size)
    edged = plain.copy()
    left, top = size[0] // 4, size[1] // 4
    ImageDraw.Draw(edged).ellipse([left, top, size[0] * 2 // 3, size[1] * 2 // 3], fill=(250, 20, 20))
    for image, bounds in (
        (plain, (6, 1.0) if large else (20, 5.0)),
        (edged, (70, 2.5) if large else (140, 7.0)),
    ):
        for quality in (50, 90):
            data = saved(
                image,
                "JPEG",
                quality=quality,
                subsampling=subsampling,
                progressive=progressive,
                optimize=True,
            )
            largest, mean = difference(converted(data)[0], averaged(Image.open(io.BytesIO(data))))
            assert largest <= bounds[0] and mean <= bounds[1], (quality, largest, mean)


def test_jpeg_without_reduction_is_the_transform_of_pillow() -> None:
    for size in ((32, 32), (17, 29)):
        for progressive in (False, True):
            data = saved(scene(*size), "JPEG", quality=85, subsampling=0, progressive=progressive)
            largest, _ = difference(converted(data)[0], averaged(Image.open(io.BytesIO(data))))
            assert largest <= 4


def test_progressive_jpeg_is_the_same_as_baseline() -> None:
    for size in ((20, 20), (60, 50), (120, 90), (250, 130), (400, 300)):
        baseline = saved(scene(*size), "JPEG", quality=80)
        progressive = saved(scene(*size), "JPEG", quality=80, progressive=True)
        assert converted(baseline) == converted(progressive)


def test_grey_and_restarts_and_cmyk() -> None:
    grey = saved(scene(100, 100, "L"), "JPEG")
    assert difference(converted(grey)[0], averaged(Image.open(io.BytesIO(grey))))[1] < 6
    plain = saved(scene(100, 100), "JPEG")
    for progressive in (False, True):
        data = saved(scene(100, 100), "JPEG", restart_marker_blocks=5, progressive=progressive)
        assert converted(data) == converted(plain)
    with pytest.raises(ImageError, match="CMYK"):
        converted(saved(scene(10, 10, "CMYK"), "JPEG"))


def test_sides_of_5000_pixels() -> None:
    for kind, options in (("PNG", {}), ("GIF", {}), ("JPEG", {"quality": 10, "optimize": True})):
        data = saved(Image.new("L" if kind == "JPEG" else "P", (5000, 5000), 7), kind, **options)
        frame = converted(data)[0]
        assert len(set(frame)) <= 3, kind
    with pytest.raises(ImageError, match="9000 x 5 pixels"):
        converted(saved(Image.new("L", (9000, 5)), "PNG"))


# What it takes under MicroPython.


def largest_jpeg(image: Image.Image) -> bytes:
    """Return the picture in the best quality that fits the limit of a file."""
    for quality in range(95, 5, -5):
        data = saved(image, "JPEG", quality=quality)
        if len(data) <= 204800:
            return data
    raise AssertionError


def typical_files() -> Iterator[tuple[str, bytes, int]]:
    """Yield name, data and allowed peak of memory in bytes."""
    turning = [scene(32, 32).rotate(18 * turn) for turn in range(20)]
    yield "20 frames 32x32.gif", saved(turning[0], "GIF", save_all=True, append_images=turning[1:]), 50000
    turning = [scene(64, 64).rotate(12 * turn) for turn in range(30)]
    data = saved(turning[0], "GIF", save_all=True, append_images=turning[1:], disposal=3)
    yield "30 frames 64x64 restoring.gif", data, 50000
    moving = []
    for turn in range(30):
        picture = Image.new("P", (320, 240), 1)
        ImageDraw.Draw(picture).ellipse([8 * turn, 90, 8 * turn + 60, 150], fill=7)
        moving.append(picture)
    yield "30 frames 320x240.gif", saved(moving[0], "GIF", save_all=True, append_images=moving[1:]), 50000
    yield "640x480.jpg", saved(scene(640, 480), "JPEG", quality=80), 28000
    yield "640x480 progressive.jpg", saved(scene(640, 480), "JPEG", quality=80, progressive=True), 32000
    yield "1600x1200 200 kB.jpg", largest_jpeg(scene(1600, 1200)), 28000
    yield "250x250 progressive.jpg", saved(scene(250, 250), "JPEG", quality=90, progressive=True), 50000
    yield "60x60 progressive.jpg", saved(scene(60, 60), "JPEG", subsampling=0, progressive=True), 50000
    yield "1024x1024.png", saved(smooth(1024, 1024).quantize(16), "PNG"), 50000
    yield "256x256 noise.png", saved(scene(256, 256), "PNG"), 50000
    yield "32x32.png", saved(scene(32, 32), "PNG"), 30000
    yield "5000x2000.png", saved(Image.new("RGB", (5000, 2000), (9, 99, 200)), "PNG"), 60000


def measured(mode: str, heap: str, *paths: Path) -> list[dict]:
    """Run the rig under MicroPython and return what it says of each file."""
    command = [
        str(MICROPYTHON),
        "-X",
        f"heapsize={heap}",
        "host_tests/mp/images_rig.py",
        mode,
        *map(str, paths),
    ]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=micropython_environment(),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.alone
def test_memory_and_time_under_micropython(tmp_path: Path) -> None:
    files = list(typical_files())
    paths = []
    for name, data, _ in files:
        assert len(data) <= 204800, (name, len(data))
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    times = measured("time", "16m", *paths)
    peaks = measured("memory", "400k", *paths)
    assert not [
        time["error"] + peak["error"] for time, peak in zip(times, peaks, strict=True) if time["error"]
    ]
    print(f"\n{'file':32}{'bytes':>8}{'frames':>8}{'ms':>8}{'longest step us':>17}{'peak bytes':>12}")
    for (name, data, _), time, peak in zip(files, times, peaks, strict=True):
        print(
            f"{name:32}{len(data):8}{len(time['sums']):8}{time['measured']['ms']:8}{time['measured']['longest_us']:17}{peak['measured']['peak']:12}"
        )
    for (name, data, allowed), time, peak in zip(files, times, peaks, strict=True):
        # The same pixels as here.
        sums = [zlib.crc32(frame) for frame in converted(data)]
        assert time["sums"] == sums and peak["sums"] == sums, name
        assert peak["measured"]["peak"] <= allowed, name
        # 0.5 ms when nothing else runs; a loaded machine is given more.
        assert time["measured"]["longest_us"] <= 2000, name
