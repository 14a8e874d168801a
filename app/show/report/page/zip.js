/* Archives in the ZIP format, of files that are not compressed (APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16). */

/* The checksum of the format. */
function crcOf(bytes) {
    let crc = ~0;
    for (const byte of bytes) {
        crc ^= byte;
        for (let i = 0; i < 8; i++)
            crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return ~crc >>> 0;
}

/* Fields [size in bytes, value] as bytes, the lowest first. */
function fieldsOf(fields) {
    return Uint8Array.from(fields.flatMap(([size, value]) => Array.from({length: size}, (_, i) => value / 2 ** (8 * i) & 255)));
}

/* What the headers of a file agree in: version, flags, method, time, date, checksum, sizes, length of the name, of extras. */
function describe(bytes, name) {
    return [[2, 10], [2, 0], [2, 0], [2, 0], [2, 0x21], [4, crcOf(bytes)], [4, bytes.length], [4, bytes.length],
        [2, name.length], [2, 0]];
}

/* An archive of files [name, bytes]. */
function zipOf(files) {
    const content = [], directory = [], size = (list) => list.reduce((sum, bytes) => sum + bytes.length, 0);
    for (const [text, bytes] of files) {
        const name = new TextEncoder().encode(text), start = size(content);
        directory.push(fieldsOf([[4, 0x02014b50], [2, 10], ...describe(bytes, name), [2, 0], [2, 0], [2, 0], [4, 0], [4, start]]),
            name);
        content.push(fieldsOf([[4, 0x04034b50], ...describe(bytes, name)]), name, bytes);
    }
    const end = fieldsOf([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size(directory)],
        [4, size(content)], [2, 0]]);
    return new Blob([...content, ...directory, end], {type: "application/zip"});
}
