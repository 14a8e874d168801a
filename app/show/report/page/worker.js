/* The reader of pictures, on a thread of its own: the program's C code as WebAssembly (app/wasm/reader.h). The page calls
 * the functions below by messages (reader.js). */

/* A reading in memory: n, n_rows, n_columns, boxes, lines, pixels, probabilities, n_apart. */
const READING_FIELDS = 8, PROBABILITIES_FIELD = 6, BOX_FIELDS = 4;

/* What a function of files returns where there are none. */
const BAD_FILE = 8;

/* Where an sm_info has the number of iterations, the value and the gap. */
const INFO_ITERATIONS = 0, INFO_VALUE = 8, INFO_GAP = 24;

/* What a model file says of the minimum, which no longer holds of other weights. */
const NOTES_OF_MINIMUM = ["converged", "gap"];

let c = null, reader = 0, model = null; /* the exported functions; the page_reader; what start() returned */
let original = null, nAdapted = 0; /* the parts of the model file; the digits that the model was adapted to since */

/* A copy of `length` values in the module's memory; the view of it changes when memory grows. */
function copyOut(Values, at, length) {
    return new Values(c.memory.buffer, at, length).slice();
}

/* Calls `use` with the address of a copy of some bytes in the module's memory. */
function withBytes(bytes, use) {
    const at = c.malloc(bytes.length);
    if (at === 0)
        throw new Error("not enough memory");
    new Uint8Array(c.memory.buffer).set(bytes, at);
    try {
        return use(at);
    } finally {
        c.free(at);
    }
}

/* Throws the reader's own sentence if a function failed. */
function check(isDone) {
    if (isDone)
        return;
    const text = new Uint8Array(c.memory.buffer).subarray(c.reader_failure(reader));
    throw new Error(new TextDecoder().decode(text.subarray(0, text.indexOf(0))));
}

/* Bytes that were packed by gzip and written in base64. */
async function unpack(text) {
    const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const content = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(content).arrayBuffer());
}

/* The exports of the module. Its C library imports functions of files, which nothing calls. */
async function instantiate(bytes) {
    const module = await WebAssembly.compile(bytes), imports = {};
    for (const {module: from, name} of WebAssembly.Module.imports(module))
        (imports[from] ??= {})[name] = () => BAD_FILE;
    const {exports} = await WebAssembly.instantiate(module, imports);
    exports._initialize();
    return exports;
}

/* The parts of a model file in the safetensors format: its header, its notes, and the bytes of its arrays. */
function openModel(file) {
    const size = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)), data = file.subarray(8 + size);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + size)));
    const bytesOf = (name) => data.subarray(...header[name].data_offsets);
    return {header, notes: header.__metadata__, weight: bytesOf("weight"), bias: bytesOf("bias")};
}

/* A model file with the header and other arrays, of the same sizes. */
function packModel(header, weight, bias) {
    const text = new TextEncoder().encode(JSON.stringify(header)), size = Math.ceil(text.length / 8) * 8;
    const file = new Uint8Array(8 + size + weight.length + bias.length).fill(32);
    new DataView(file.buffer).setBigUint64(0, BigInt(size), true);
    file.set(text, 8);
    file.set(weight, 8 + size + header.weight.data_offsets[0]);
    file.set(bias, 8 + size + header.bias.data_offsets[0]);
    return file;
}

/* Sets the weights of the reader's model. */
function setArrays({weight, bias}) {
    const memory = new Uint8Array(c.memory.buffer);
    memory.set(weight, c.reader_weight(reader));
    memory.set(bias, c.reader_bias(reader));
    nAdapted = 0;
}

/* Calls `use` with the address of the pixels of some digits, one after the other. */
function withPixels(digits, use) {
    const size = model.rows * model.columns, all = new Uint8Array(digits.length * size);
    digits.forEach(({pixels}, i) => all.set(pixels, i * size));
    return withBytes(all, use);
}

/* Sets the reader's model. */
function setModel({notes, weight, bias}) {
    const n = ["image_rows", "image_columns", "classes"].map((key) => Number(notes[key]));
    const temperature = Number(notes.temperature ?? 1);
    withBytes(new TextEncoder().encode(`${notes.features}\0`), (features) =>
        check(c.reader_set_model(reader, features, ...n, temperature)));
    if (weight.length !== 4 * n[2] * c.reader_n_features(reader) || bias.length !== 4 * n[2])
        throw new Error("the arrays of the model do not have its shape");
    setArrays({weight, bias});
    return {rows: n[0], columns: n[1], classes: n[2], features: notes.features, temperature};
}

/* What the page can call; each returns what the caller gets. */
const calls = {
    /* Takes the module and the model file, both packed. Returns {rows, columns, classes, features, temperature}. */
    async start(moduleText, modelText) {
        c = await instantiate(await unpack(moduleText));
        reader = c.reader_create();
        original = openModel(await unpack(modelText));
        return model = setModel(original);
    },

    /* Reads a picture {width, height, data} of red, green, blue and alpha: the digit in it, or if `all` every digit. Returns
     * {digits, apart}: for each digit its box [left, top, width, height], its line of writing, its normalised pixels, its
     * probabilities and its scores; and how many digits could be told apart (0 if all). */
    read({width, height, data}, all) {
        withBytes(data, (rgba) => check(c.reader_read(reader, width, height, rgba, all)));
        const [n, , , boxes, lines, pixels, probabilities, apart] =
            copyOut(Uint32Array, c.reader_reading(reader), READING_FIELDS);
        const {rows, columns, classes} = model, nPixels = rows * columns, scores = c.reader_scores(reader);
        const digits = Array.from({length: n}, (_, i) => ({
            box: [...copyOut(Uint32Array, boxes + 4 * BOX_FIELDS * i, BOX_FIELDS)],
            line: copyOut(Uint32Array, lines + 4 * i, 1)[0],
            pixels: copyOut(Uint8Array, pixels + nPixels * i, nPixels),
            probabilities: copyOut(Float32Array, probabilities + 4 * classes * i, classes),
            scores: copyOut(Float64Array, scores + 8 * classes * i, classes),
        }));
        return {digits, apart};
    },

    /* The slopes of the sum of score times share, with respect to the pixels, from 0 to 1, of a normalised image. */
    slopes(pixels, shares) {
        const at = withBytes(pixels, (image) => withBytes(new Uint8Array(Float64Array.from(shares).buffer), (address) =>
            c.reader_slopes(reader, image, address)));
        check(at !== 0);
        return copyOut(Float32Array, at, model.rows * model.columns);
    },

    /* The probabilities and scores of digits {pixels}. */
    classify(digits) {
        const {classes} = model, n = digits.length;
        withPixels(digits, (images) => check(c.reader_classify(reader, n, images)));
        const [at] = copyOut(Uint32Array, c.reader_reading(reader) + 4 * PROBABILITIES_FIELD, 1);
        const scores = c.reader_scores(reader);
        return digits.map((_, i) => ({probabilities: copyOut(Float32Array, at + 4 * classes * i, classes),
            scores: copyOut(Float64Array, scores + 8 * classes * i, classes)}));
    },

    /* Adapts the model of the file to digits {pixels, label}. Returns {iterations, value, gap} of the minimiser. */
    adapt(digits) {
        setArrays(original);
        const at = withPixels(digits, (images) => withBytes(Uint8Array.from(digits, ({label}) => label), (labels) =>
            c.reader_adapt(reader, digits.length, images, labels)));
        check(at !== 0);
        nAdapted = digits.length;
        const info = new DataView(c.memory.buffer, at);
        const [value, gap] = [INFO_VALUE, INFO_GAP].map((offset) => info.getFloat64(offset, true));
        return {iterations: info.getUint32(INFO_ITERATIONS, true), value, gap};
    },

    /* Goes back to the model of the file. */
    restore() {
        setArrays(original);
        nAdapted = 0;
    },

    /* The model as it is, as the bytes of a model file. */
    file() {
        const notes = {...original.notes, ...(nAdapted > 0 && {adapted_to: `${nAdapted} digits`})};
        for (const key of nAdapted > 0 ? NOTES_OF_MINIMUM : [])
            delete notes[key];
        const [weight, bias] = [c.reader_weight(reader), c.reader_bias(reader)];
        return packModel({...original.header, __metadata__: notes}, copyOut(Uint8Array, weight, original.weight.length),
            copyOut(Uint8Array, bias, original.bias.length));
    },
};

onmessage = async ({data: {id, name, values}}) => {
    try {
        postMessage({id, result: await calls[name](...values)});
    } catch (error) {
        postMessage({id, error: error.message});
    }
};
