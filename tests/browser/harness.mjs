/* What the tests of the page share: checks as TAP, a browser's view of a page, drawing, and the program's own reading. */
import {spawnSync} from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import {fileURLToPath, pathToFileURL} from "node:url";
import {packRgba, readGrey} from "./png.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const program = path.resolve(process.argv[2]), screenshots = process.argv[3] && path.resolve(process.argv[3]);
export const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mnist-browser-test."));

export const results = {count: 0, failures: 0};

export function check(title, passed, found = "") {
    results.count++;
    results.failures += !passed;
    console.log(`${passed ? "ok" : "not ok"} ${results.count} - ${title}`);
    if (!passed)
        console.log(`# found: ${JSON.stringify(found)}`);
}

export function checkSame(title, found, expected) {
    check(title, JSON.stringify(found) === JSON.stringify(expected), {found, expected});
}

export function run(command, ...options) {
    const done = spawnSync(command, options, {cwd: folder, encoding: "utf8", env: {...process.env, MNIST_DATA: "", MNIST_ISA: ""}});
    if (done.status !== 0)
        throw new Error(`${command} ${options.join(" ")}: ${done.error ?? done.stderr}`);
    return done.stdout;
}



/* Opens a new page with the report, or another file, of a folder of results, and records its errors. */
export async function open(browser, results, options = {}, file = "report.html") {
    const context = await browser.newContext({viewport: {width: 1100, height: 900}, ...options});
    const page = await context.newPage(), address = pathToFileURL(path.join(folder, results, file)).href;
    const wrong = [];
    page.on("console", (message) => wrong.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => wrong.push(`error: ${error}`));
    page.on("request", (request) => {
        if (request.url() !== address && !/^(data|blob):/.test(request.url()))
            wrong.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    return {page, wrong};
}

export async function close({page, wrong}, title) {
    await page.context().close();
    checkSame(`${title}: no error, nothing on the console, no request`, wrong, []);
}

/* Draws strokes, lists of points with coordinates from 0 to 1, with the mouse. */
export async function draw(page, strokes) {
    await page.locator("#clear").click();
    await page.locator("#pad").scrollIntoViewIfNeeded();
    const box = await page.locator("#pad").boundingBox();
    for (const stroke of strokes) {
        const [first, ...rest] = stroke.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height]);
        await page.mouse.move(...first);
        await page.mouse.down();
        for (const point of rest)
            await page.mouse.move(...point);
        await page.mouse.up();
    }
    await settle(page);
}

/* Waits until the page has answered the drawing. */
export async function settle(page) {
    await page.evaluate(async () => {
        await starting;
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        while (document.getElementById("bars").ariaBusy === "true")
            await new Promise((done) => requestAnimationFrame(done));
    });
}

/* The page's reading of a picture: of its drawing, or of a file given as base64. Returns {picture, digits, apart}; the pixels
 * of the picture are base64, too. */
export function readingOf(page, {file = null, all = false} = {}) {
    return page.evaluate(async ([text, wantsAll]) => {
        const canvas = text ? document.createElement("canvas") : document.getElementById("pad"), {call} = await starting;
        if (text) {
            const image = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]));
            [canvas.width, canvas.height] = [image.width, image.height];
            canvas.getContext("2d").drawImage(image, 0, 0);
        }
        const picture = pictureOf(canvas), {digits, apart} = await call("read", picture, wantsAll);
        const list = (digit) => Object.fromEntries(Object.entries(digit).map(([key, value]) =>
            [key, typeof value === "number" ? value : Array.from(value)]));
        const data = btoa(picture.data.reduce((text, value) => text + String.fromCharCode(value), ""));
        return {picture: {...picture, data}, digits: digits.map(list), apart};
    }, [file, all]);
}

export async function save(page, name) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").click()]);
    await download.saveAs(path.join(folder, name));
}

/* The program's reading of the same pixels, in the same form. */
export function predictionOf(results, {picture}, {all = false} = {}) {
    fs.writeFileSync(path.join(folder, "picture.png"), packRgba({...picture, data: Buffer.from(picture.data, "base64")}));
    fs.mkdirSync(path.join(folder, "seen"));
    const [said] = JSON.parse(run(program, "predict", "--output", results, "--json", "--save-normalized", "seen",
        ...(all ? ["--all"] : []), "picture.png"));
    const seen = fs.readdirSync(path.join(folder, "seen")).sort().map((name) => readGrey(path.join(folder, "seen", name)));
    fs.rmSync(path.join(folder, "seen"), {recursive: true});
    const found = all ? said.digits : said.guesses.length > 0 ? [said] : [];
    return {
        digits: found.map(({box, line, probabilities}, i) =>
            ({box: [box.left, box.top, box.width, box.height], line, pixels: seen[i], probabilities: probabilities.map(Math.fround)})),
        apart: said.may_be_digits ?? 0,
    };
}

/* Checks that the program reads what the page has read in the same way, to the bit. */
export function checkReading(title, results, found, options) {
    const expected = predictionOf(results, found, options);
    const digits = found.digits.map(({box, line, pixels, probabilities}) => ({box, line, pixels, probabilities}));
    checkSame(`${title}: page and program read the same digits, to the bit`, digits, expected.digits);
    checkSame(`${title}: page and program can tell as many digits apart`, found.apart > 1 ? found.apart : 0, expected.apart);
}

/* The class of the digit that was read, null if there is none. */
export function classOf({digits: [digit]}) {
    return digit ? digit.probabilities.indexOf(Math.max(...digit.probabilities)) : null;
}

/* Draws lines of any width and brightness directly on the canvas: those of a scribble, each [width, grey, from, to]. */
export async function scribble(page, lines) {
    await page.locator("#clear").click();
    await page.evaluate((all) => {
        const context = document.getElementById("pad").getContext("2d");
        for (const [width, grey, from, to] of all) {
            context.strokeStyle = `rgb(${grey},${grey},${grey})`;
            context.lineWidth = width;
            context.beginPath();
            context.moveTo(...from);
            context.lineTo(...to);
            context.stroke();
        }
    }, lines);
}

/* Draws each of `drawings` with a function, and checks that the program reads each the same; returns what the page has read. */
export async function compare(page, results, title, drawings, how = draw) {
    const found = {};
    for (const [name, drawing] of Object.entries(drawings)) {
        await how(page, drawing);
        found[name] = await readingOf(page);
        checkReading(`${title}: '${name}'`, results, found[name]);
    }
    return found;
}

/* Images [n, 28, 28] and labels of MNIST, the first n, written to a folder as a data set. */
export function makeSubset(name, sizes) {
    fs.mkdirSync(path.join(folder, name));
    for (const [split, n] of Object.entries(sizes)) {
        for (const [kind, header, bytes] of [["images-idx3", 16, 784], ["labels-idx1", 8, 1]]) {
            const file = `${split}-${kind}-ubyte`;
            const all = zlib.gunzipSync(fs.readFileSync(path.join(root, `datasets/mnist/${file}.gz`)));
            all.writeUInt32BE(n, 4);
            fs.writeFileSync(path.join(folder, name, file), all.subarray(0, header + n * bytes));
        }
    }
}

/* Test images in a row, `zoom` times as large, in colours on paper of other colours, somewhat transparent. */
export function paintDigits(indices, zoom = 3, transparency = 3) {
    const side = 28 * zoom, width = side * indices.length, height = 40 * zoom, data = Buffer.alloc(4 * width * height);
    const images = zlib.gunzipSync(fs.readFileSync(path.join(root, "datasets/mnist/t10k-images-idx3-ubyte.gz")));
    for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
            const row = Math.floor(y / zoom) - 6, index = indices[Math.floor(x / side)], column = Math.floor(x % side / zoom);
            const ink = row >= 0 && row < 28 ? images[16 + 784 * index + 28 * row + column] / 255 : 0;
            const paper = [230 - 3 * y / zoom / 8, 225 - 3 * x / zoom / 16 - (x * 7 + y * 13) % 5, 180 + 3 * y / zoom / 6];
            data.set(paper.map((p, i) => Math.round(p + ink * ([20, 40, 120][i] - p))), 4 * (y * width + x));
            data[4 * (y * width + x) + 3] = 255 - (x + y) % transparency;
        }
    }
    return {width, height, data};
}
