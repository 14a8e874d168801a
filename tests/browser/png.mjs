/* PNG files without a library: reads those of 8-bit grey, and writes red, green, blue and alpha. */
import fs from "node:fs";
import zlib from "node:zlib";

/* The value of a pixel, given `value` after filtering: a is to the left, b above, c above a. */
function unfilter(filter, value, a, b, c) {
    const p = a + b - c, [pa, pb, pc] = [a, b, c].map((x) => Math.abs(p - x));
    const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    return (value + [0, a, b, (a + b) >> 1, paeth][filter]) & 255;
}

/* The pixels, row by row. */
export function readGrey(path) {
    const file = fs.readFileSync(path), width = file.readUInt32BE(16), height = file.readUInt32BE(20), data = [];
    if (file[24] !== 8 || file[25] !== 0 || file[28] !== 0)
        throw new Error(`${path}: is not a PNG of 8-bit grey`);
    for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
        if (file.toString("latin1", at + 4, at + 8) === "IDAT")
            data.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
    const rows = zlib.inflateSync(Buffer.concat(data)), pixels = new Array(width * height).fill(0);
    for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
            const i = y * width + x, left = x > 0 ? pixels[i - 1] : 0, above = y > 0 ? pixels[i - width] : 0;
            pixels[i] = unfilter(rows[y * (width + 1)], rows[y * (width + 1) + 1 + x], left, above,
                x > 0 && y > 0 ? pixels[i - width - 1] : 0);
        }
    }
    return pixels;
}

/* The checksum of the PNG specification, annex D. */
function crcOf(bytes) {
    let crc = ~0;
    for (const byte of bytes) {
        crc ^= byte;
        for (let i = 0; i < 8; i++)
            crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return ~crc >>> 0;
}

function chunk(type, data) {
    const content = Buffer.concat([Buffer.from(type, "latin1"), data]), ends = [Buffer.alloc(4), Buffer.alloc(4)];
    ends[0].writeUInt32BE(data.length);
    ends[1].writeUInt32BE(crcOf(content));
    return Buffer.concat([ends[0], content, ends[1]]);
}

/* A file of rows, each one byte 0 and its pixels, of a colour type of the specification. */
function pack(width, height, type, rows) {
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, type, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header),
        chunk("IDAT", zlib.deflateSync(rows, {level: 1})), chunk("IEND", Buffer.alloc(0))]);
}

/* A file of pixels, a Buffer [height, width, 4]. */
export function packRgba({width, height, data}) {
    const rows = Array.from({length: height}, (_, y) => [Buffer.of(0), data.subarray(4 * width * y, 4 * width * (y + 1))]);
    return pack(width, height, 6, Buffer.concat(rows.flat()));
}

/* A file of black pixels. */
export function packBlack(width, height) {
    return pack(width, height, 0, Buffer.alloc((width + 1) * height));
}
