"""Helpers of the command-line tests: data sets, PNG files, and an independent reader of models.

Only the standard library. Usage: tool.py COMMAND ARGUMENT...; the commands are the functions at the end.
"""
import ast
import gzip
import json
import math
import random
import struct
import sys
import zlib
from pathlib import Path

SETS = {"train": "train", "test": "t10k"}


# ---------------------------------------------------------------------------------------------------------
# The formats

def pack_idx(dimensions, values):
    return bytes([0, 0, 8, len(dimensions)]) + b"".join(struct.pack(">I", d) for d in dimensions) + bytes(values)


def read_idx(path):
    """(dimensions, values) of a gzip-compressed file."""
    content = gzip.decompress(Path(path).read_bytes())
    dimensions = struct.unpack(f">{content[3]}I", content[4:4 + 4 * content[3]])
    return dimensions, content[4 + 4 * content[3]:]


def read_set(folder, part):
    """(rows, columns, images, labels): images is a list of bytes."""
    (n, rows, columns), pixels = read_idx(Path(folder) / f"{SETS[part]}-images-idx3-ubyte.gz")
    _, labels = read_idx(Path(folder) / f"{SETS[part]}-labels-idx1-ubyte.gz")
    size = rows * columns
    return rows, columns, [pixels[i * size:(i + 1) * size] for i in range(n)], labels


def write_set(folder, part, rows, columns, images, labels):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("images-idx3", pack_idx((len(images), rows, columns), b"".join(images))),
                          ("labels-idx1", pack_idx((len(labels),), labels))):
        (folder / f"{SETS[part]}-{name}-ubyte.gz").write_bytes(gzip.compress(content, 6, mtime=0))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack_png(width, height, pixels, colour_type=0, channels=1):
    rows = b"".join(b"\0" + pixels[y * width * channels:(y + 1) * width * channels] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def read_model(path):
    """(header, weights as a list of rows, biases)"""
    content = Path(path).read_bytes()
    size, = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + size])
    data = content[8 + size:]

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])

    n_classes, n_features = header["weight"]["shape"]
    flat = tensor("weight")
    return header, [flat[k * n_features:(k + 1) * n_features] for k in range(n_classes)], tensor("bias")


def probabilities(weights, biases, pixels):
    scores = [bias + sum(w * p / 255 for w, p in zip(row, pixels) if p) for row, bias in zip(weights, biases)]
    top = max(scores)
    exponentials = [math.exp(score - top) for score in scores]
    return [e / sum(exponentials) for e in exponentials]


# ---------------------------------------------------------------------------------------------------------
# The commands

def make(folder, rows, columns, n_classes, n_train, n_test):
    """A data set with one picture for each class, plus noise."""
    rows, columns, n_classes = int(rows), int(columns), int(n_classes)
    noise = random.Random(1)
    patterns = [[noise.choice((30, 200)) for _ in range(rows * columns)] for _ in range(n_classes)]
    for part, n in (("train", int(n_train)), ("test", int(n_test))):
        labels = [i % n_classes for i in range(n)]
        images = [bytes(max(0, min(255, p + noise.randint(-120, 120))) for p in patterns[k]) for k in labels]
        write_set(folder, part, rows, columns, images, labels)


def subset(source, folder, n_train, n_test):
    """Copies the first images of another data set."""
    for part, n in (("train", int(n_train)), ("test", int(n_test))):
        rows, columns, images, labels = read_set(source, part)
        write_set(folder, part, rows, columns, images[:n], labels[:n])


def idx(path, *numbers):
    """A plain file of these bytes."""
    Path(path).write_bytes(bytes(int(n) for n in numbers))


def bomb(path, n_megabytes, *dimensions):
    """A header with these dimensions, followed by megabytes of zeros, in a gzip file a thousandth as large."""
    header = pack_idx([int(d) for d in dimensions], b"")
    Path(path).write_bytes(gzip.compress(header + bytes(int(n_megabytes) << 20), 9, mtime=0))


def bad_picture(path, width, height, how):
    """A PNG that could take much memory: its size, the claimed gigabyte of a text, or a profile that inflates to one."""
    content = pack_png(int(width), int(height), b"" if how == "size" else bytes(int(width) * int(height)))
    if how == "text":
        content = content[:33] + struct.pack(">I", 1 << 30) + b"iTXt" + content[33:]
    elif how == "profile":
        packer = zlib.compressobj(9)
        packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1 << 10)) + packer.flush()
        content = content[:33] + chunk(b"iCCP", b"name\0\0" + packed) + content[33:]
    Path(path).write_bytes(content)


def pictures(source, folder, n):
    """The first test images as PNG files 0.png, 1.png, ..."""
    rows, columns, images, _ = read_set(source, "test")
    for i in range(int(n)):
        (Path(folder) / f"{i}.png").write_bytes(pack_png(columns, rows, images[i]))


def draw(image, width, height, scale):
    """A digit, enlarged, dark on grey paper with a margin, as the bytes of a PNG."""
    margin = 10
    side = [2 * margin + scale * n for n in (width, height)]
    paper = bytearray(b"\xd0" * (side[0] * side[1]))
    for y in range(height * scale):
        for x in range(width * scale):
            paper[(margin + y) * side[0] + margin + x] -= image[y // scale * width + x // scale] * 3 // 4
    return pack_png(*side, bytes(paper))


def class_folders(source, folder, n, scale, *names):
    """The first test images as PNG files in a folder for each class, as they are (scale 0) or drawn; names are those of the
    first classes, and only these are written."""
    rows, columns, images, labels = read_set(source, "test")
    for i, (image, label) in enumerate(list(zip(images, labels))[:int(n)]):
        if names and label >= len(names):
            continue
        path = Path(folder, names[label] if names else str(label), f"{i:05}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw(image, columns, rows, int(scale)) if int(scale) else pack_png(columns, rows, image))


def sorted_subset(source, folder, n):
    """The first test images as a training set, sorted by class."""
    rows, columns, images, labels = read_set(source, "test")
    order = sorted(range(int(n)), key=lambda i: labels[i])
    write_set(folder, "train", rows, columns, [images[i] for i in order], [labels[i] for i in order])


def raw(source, images_path, labels_path):
    """The test images and their labels as raw bytes."""
    _, _, images, labels = read_set(source, "test")
    Path(images_path).write_bytes(b"".join(images))
    Path(labels_path).write_bytes(bytes(labels))


def page(source, path, *lines):
    """A sheet of paper with lines of digits, dark on light; each line is a list of numbers of test images."""
    rows, columns, images, _ = read_set(source, "test")
    lines = [[int(n) for n in line.split(",")] for line in lines]
    width, height, scale = max(map(len, lines)) * columns * 3 + 20, len(lines) * rows * 3 + 20, 3
    paper = bytearray(b"\xe6" * (width * height))
    for i, line in enumerate(lines):
        for j, n in enumerate(line):
            for y in range(rows * scale):
                for x in range(columns * scale):
                    ink = images[n][y // scale * columns + x // scale]
                    at = (10 + i * rows * scale + y) * width + 10 + j * columns * scale + x
                    paper[at] = 0xe6 - ink * 3 // 4
    Path(path).write_bytes(pack_png(width, height, bytes(paper)))


def colour_picture(path, width, height):
    Path(path).write_bytes(pack_png(int(width), int(height), bytes(3 * int(width) * int(height)), 2, 3))


def check_predictions(model, source, folder, answer):
    """Compares the output of `predict --json` for 0.png, ... with the scores computed here."""
    _, weights, biases = read_model(model)
    _, _, images, _ = read_set(source, "test")
    answers = json.loads(Path(answer).read_text())
    assert answers, "no answers"
    for i, one in enumerate(answers):
        assert one["file"] == f"{folder}/{i}.png", one["file"]
        expected = probabilities(weights, biases, images[i])
        best = sorted(range(len(expected)), key=lambda k: -expected[k])[:len(one["guesses"])]
        for guess, k in zip(one["guesses"], best):
            assert abs(guess["probability"] - expected[k]) < 1e-5, (i, k, guess, expected[k])
            assert guess["label"] == k or abs(expected[guess["label"]] - expected[k]) < 1e-5, (i, guess, k)
    print(len(answers))


def check_metrics(metrics, confusion, part):
    """Checks that metrics.json and confusion.csv agree, and that each is consistent."""
    m = json.loads(Path(metrics).read_text())
    lines = [line.split(",") for line in Path(confusion).read_text().splitlines()]
    n = len(m["classes"])
    assert lines[0] == ["true\\predicted"] + [str(k) for k in range(n)], lines[0]
    assert [line[0] for line in lines[1:]] == [str(k) for k in range(n)]
    cells = [[int(cell) for cell in line[1:]] for line in lines[1:]]
    assert cells == m["confusion"] and all(len(row) == n for row in cells)
    assert m["part"] == part
    assert sum(map(sum, cells)) == m["n_samples"]
    assert sum(cells[k][k] for k in range(n)) == m["n_correct"]
    assert abs(m["accuracy"] - m["n_correct"] / m["n_samples"]) < 1e-8
    low, high = m["accuracy_interval_95"]
    assert 0 <= low <= m["accuracy"] <= high <= 1, (low, high)
    assert math.isfinite(m["mean_loss"]) and m["mean_loss"] >= 0
    for k, c in enumerate(m["classes"]):
        taken, right = sum(row[k] for row in cells), cells[k][k]
        assert c["label"] == k and c["support"] == sum(cells[k])
        precision, recall = right / taken if taken else 0, right / c["support"] if c["support"] else 0
        f1 = 2 * precision * recall / (precision + recall) if right else 0
        for name, value in (("precision", precision), ("recall", recall), ("f1", f1)):
            assert abs(c[name] - value) < 1e-8, (k, name, c[name], value)
    c = m["calibration"]
    assert sum(b["n_samples"] for b in c["bins"]) == m["n_samples"]
    assert sum(b["n_correct"] for b in c["bins"]) == m["n_correct"]
    error = sum(abs(b["n_correct"] - b["n_samples"] * b["mean_confidence"]) for b in c["bins"]) / m["n_samples"]
    assert abs(c["expected_error"] - error) < 1e-7, (c["expected_error"], error)
    assert c["temperature"] != 1 or c["expected_error"] == c["expected_error_uncalibrated"]
    for i, b in enumerate(c["bins"]):
        assert b["n_samples"] == 0 or i / 10 - 1e-6 <= b["mean_confidence"] <= (i + 1) / 10 + 1e-6, (i, b)
    answered = [r["n_answered"] for r in m["rejection"]]
    assert answered == sorted(answered, reverse=True) and answered[0] == m["n_samples"], answered
    assert m["rejection"][0]["n_correct"] == m["n_correct"]


def get(path, *keys):
    """A value of a JSON file."""
    value = json.loads(Path(path).read_text())
    for key in keys:
        value = value[int(key) if isinstance(value, list) else key]
    print(value)


def metadata(model, key):
    print(read_model(model)[0]["__metadata__"].get(key, "(none)"))


def picture_size(path):
    """Width, height and colour type of a PNG."""
    print(*struct.unpack(">IIBB", Path(path).read_bytes()[16:26])[:2], Path(path).read_bytes()[25])


def picture_pixels(path):
    """Rows of pixels of an 8-bit RGB picture, each a list of (red, green, blue)."""
    content = Path(path).read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    data, at = b"", 8
    while at < len(content):
        size, = struct.unpack(">I", content[at:at + 4])
        if content[at + 4:at + 8] == b"IDAT":
            data += content[at + 8:at + 8 + size]
        at += 12 + size
    data = zlib.decompress(data)
    above, rows = bytes(3 * width), []
    for y in range(height):
        kind, line = data[y * (3 * width + 1)], bytearray(data[y * (3 * width + 1) + 1:(y + 1) * (3 * width + 1)])
        for x in range(3 * width):
            left, up, corner = line[x - 3] if x >= 3 else 0, above[x], above[x - 3] if x >= 3 else 0
            estimate = left + up - corner
            nearest = min((left, up, corner), key=lambda v: abs(estimate - v))
            line[x] = (line[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
        above = bytes(line)
        rows.append([tuple(line[3 * x:3 * x + 3]) for x in range(width)])
    return rows


def check_weight_picture(model, path, k, scale):
    """Checks a class's picture: red where the weight is negative, blue where it is positive, darker where it is larger."""
    header, weights, _ = read_model(model)
    scale, columns = int(scale), int(header["__metadata__"]["image_columns"])
    largest = max(abs(w) for row in weights for w in row)
    rows = picture_pixels(path)
    assert len(rows) * len(rows[0]) == len(weights[int(k)]) * scale * scale
    for i, weight in enumerate(weights[int(k)]):
        x, y = i % columns * scale, i // columns * scale
        red, green, blue = rows[y][x]
        assert rows[y + scale - 1][x + scale - 1] == (red, green, blue)
        if abs(weight) > 0.02 * largest:
            assert (blue > red) == (weight > 0), (i, weight, red, green, blue)
            full = 24 if weight < 0 else 102
            assert abs(green - (255 - abs(weight) / largest * (255 - full))) < 2, (i, weight, green)
        elif weight == 0:
            assert (red, green, blue) == (255, 255, 255)


def read_npy(path):
    """(shape, floats) of a file as numpy.lib.format describes it, version 1.0."""
    content = Path(path).read_bytes()
    size, = struct.unpack("<H", content[8:10])
    header = ast.literal_eval(content[10:10 + size].decode())
    assert content[:8] == b"\x93NUMPY\x01\0" and (10 + size) % 64 == 0 and content[9 + size:10 + size] == b"\n"
    assert header["descr"] == "<f4" and header["fortran_order"] is False, header
    values = content[10 + size:]
    return header["shape"], struct.unpack(f"<{len(values) // 4}f", values)


def check_npy(model, weight_path, bias_path):
    """Checks that the arrays equal those of the model."""
    _, weights, biases = read_model(model)
    assert read_npy(weight_path) == ((len(weights), len(weights[0])), tuple(w for row in weights for w in row))
    assert read_npy(bias_path) == ((len(biases),), biases)


def check_weights_csv(model, path, name):
    """Checks that the cells, read as floats, equal the numbers of the model exactly."""
    _, weights, biases = read_model(model)
    lines = [line.split(",") for line in Path(path).read_text().splitlines()]
    assert lines[0] == ["class", "bias"] + [f"{name}_{d}" for d in range(len(weights[0]))], lines[0][:5]
    assert [line[0] for line in lines[1:]] == [str(k) for k in range(len(biases))]
    for line, row, bias in zip(lines[1:], weights, biases):
        found = struct.unpack(f"<{len(row) + 1}f", struct.pack(f"<{len(row) + 1}f", *map(float, line[1:])))
        assert found == (bias, *row), line[0]


def table_as_npy(source, path):
    """A table of numbers in CSV, without a header, as an array of doubles."""
    rows = [[float(cell) for cell in line.split(",")] for line in Path(source).read_text().splitlines()]
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}".ljust(117) + "\n"
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                           + b"".join(struct.pack(f"<{len(row)}d", *row) for row in rows))


def check_table_predictions(model, table, predicted):
    """Checks that predict's output for a table, below a line of names, agrees with the weights."""
    header, weights, biases = read_model(model)
    names = header["__metadata__"]["class_names"].split("\n")
    rows = [[float(cell) for cell in line.split(",")] for line in Path(table).read_text().splitlines()[1:]]
    lines = [line.split(",") for line in Path(predicted).read_text().splitlines()[1:]]
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines):
        expected = probabilities(weights, biases, [255 * value for value in row])
        assert line[0] == names[expected.index(max(expected))], line
        assert all(abs(e - float(p)) < 1e-5 for e, p in zip(expected, line[1:], strict=True)), (expected, line)


def break_model(source, path, how):
    """A model file with one error."""
    content = bytearray(Path(source).read_bytes())
    size, = struct.unpack("<Q", content[:8])
    header, data = content[8:8 + size], content[8 + size:]
    if how == "nan":
        data[4:8] = struct.pack("<f", math.nan)
    elif how == "features":
        header = header.replace(b'"pixels"', b'"pixies"')
    elif how == "type":
        header = header.replace(b'"F32"', b'"F64"', 1)
    elif how == "names":
        header = header.replace(b'\\nvirginica"', b'"')
    elif how == "short":
        data = data[:-1]
    elif how == "tail":
        data += b"\0"
    elif how == "no-json":
        header[0:1] = b"["
    elif how == "length":
        Path(path).write_bytes(struct.pack("<Q", 1 << 63) + header + data)
        return
    Path(path).write_bytes(struct.pack("<Q", len(header)) + header + data)


def damage(path, from_end):
    """Flips one bit of a file."""
    content = bytearray(Path(path).read_bytes())
    content[-int(from_end)] ^= 1
    Path(path).write_bytes(content)


if __name__ == "__main__":
    {f.__name__.replace("_", "-"): f for f in
     (make, subset, sorted_subset, class_folders, idx, bomb, bad_picture, pictures, page, colour_picture, check_predictions, check_metrics, get,
      metadata, picture_size, check_weight_picture, raw, check_npy, check_weights_csv, table_as_npy,
      check_table_predictions, break_model, damage)}[sys.argv[1]](*sys.argv[2:])
