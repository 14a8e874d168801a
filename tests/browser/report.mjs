/* The report in a browser: its display and controls, and whether its model gives the same answers as predict. Prints
   TAP. Usage: node report.mjs PROGRAM [SCREENSHOTS], the latter a folder for pictures of the page; run.sh sets
   $CHROMIUM. */
import {spawnSync} from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {fileURLToPath, pathToFileURL} from "node:url";
import {chromium} from "playwright-core";
import {digits, others, isWriting, scribbles} from "./strokes.mjs";
import {readGrey} from "./png.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = path.resolve(process.argv[2]), screenshots = process.argv[3] && path.resolve(process.argv[3]);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mnist-browser-test."));

let count = 0, failures = 0;

function check(title, passed, found = "") {
    count++;
    failures += !passed;
    console.log(`${passed ? "ok" : "not ok"} ${count} - ${title}`);
    if (!passed)
        console.log(`# found: ${JSON.stringify(found)}`);
}

function checkSame(title, found, expected) {
    check(title, JSON.stringify(found) === JSON.stringify(expected), {found, expected});
}

function run(command, ...options) {
    const done = spawnSync(command, options, {cwd: folder, encoding: "utf8", env: {...process.env, MNIST_DATA: "", MNIST_ISA: ""}});
    if (done.status !== 0)
        throw new Error(`${command} ${options.join(" ")}: ${done.error ?? done.stderr}`);
    return done.stdout;
}

/* ---------------------------------------------------------------------------------------------------------------- */

/* Opens a new page with the report of results/, and records its errors. */
async function open(browser, results, options = {}) {
    const context = await browser.newContext({viewport: {width: 1100, height: 900}, ...options});
    const page = await context.newPage(), address = pathToFileURL(path.join(folder, results, "report.html")).href;
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

async function close({page, wrong}, title) {
    await page.context().close();
    checkSame(`${title}: no error, nothing on the console, no request`, wrong, []);
}

/* Draws strokes, lists of points with coordinates from 0 to 1, with the mouse. */
async function draw(page, strokes) {
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
async function settle(page) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/* The page's reading of its drawing: the pixels (null if there is no digit) and the probability of each class. */
function answerOf(page) {
    return page.evaluate(() => {
        const pixels = digitFind(pictureOf(document.getElementById("pad")), model.rows, model.columns);
        return pixels && {pixels: Array.from(pixels), probabilities: Array.from(predict(model, pixels).probabilities)};
    });
}

async function save(page, name) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save").click()]);
    await download.saveAs(path.join(folder, name));
}

/* The program's reading of pictures, in the same form. */
function predictions(results, names) {
    const said = JSON.parse(run(program, "predict", "--output", results, "--json", "--save-normalized", "seen", ...names));
    const seen = fs.readdirSync(path.join(folder, "seen")).sort().map((name) => readGrey(path.join(folder, "seen", name)));
    fs.rmSync(path.join(folder, "seen"), {recursive: true});
    return said.map(({guesses}) => ({guesses, pixels: guesses?.length ? seen.shift() : null}));
}

/* The largest differences between two readings, of a pixel and of a probability. */
function difference(answer, prediction) {
    if (!answer || !prediction.pixels)
        return answer || prediction.pixels ? {pixels: 255, probabilities: 1} : {pixels: 0, probabilities: 0};
    return {
        pixels: Math.max(...answer.pixels.map((p, i) => Math.abs(p - prediction.pixels[i]))),
        probabilities: Math.max(...prediction.guesses.map((g) => Math.abs(g.probability - answer.probabilities[g.label]))),
    };
}

function bestOf(answer) {
    return answer ? answer.probabilities.indexOf(Math.max(...answer.probabilities)) : null;
}

/* Draws lines of any width and brightness directly on the canvas: those of a scribble, each [width, grey, from, to]. */
async function scribble(page, lines) {
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

/* Draws each of `drawings` with a function, and checks that the program reads each the same, to the pixel. */
async function compare(page, results, title, drawings, how = draw) {
    const names = Object.keys(drawings), answers = [];
    for (const name of names) {
        await how(page, drawings[name]);
        answers.push(await answerOf(page));
        await save(page, `${name}.png`);
    }
    const said = predictions(results, names.map((name) => `${name}.png`));
    names.forEach((name, i) => {
        const apart = difference(answers[i], said[i]), label = said[i].guesses?.[0]?.label ?? null;
        check(`${title}: predict sees the same pixels of '${name}'`, apart.pixels === 0, apart);
        check(`${title}: predict gives the same answer for '${name}'`, apart.probabilities < 1e-3 && label === bestOf(answers[i]),
            {apart, label, best: bestOf(answers[i])});
    });
    return Object.fromEntries(names.map((name, i) => [name, answers[i]]));
}

/* ---------------------------------------------------------------------------------------------------------------- */

async function testPad(browser) {
    const view = await open(browser, "results"), {page} = view, answer = page.locator("#answer");
    checkSame("pad: starts empty", await answer.textContent(), "Nothing drawn yet");
    const answers = await compare(page, "results", "pad", {...digits, ...others});
    for (const name of Object.keys(others))
        check(`pad: '${name}' is ${isWriting.has(name) ? "" : "not "}writing`, (answers[name] !== null) === isWriting.has(name));
    await compare(page, "results", "pad", scribbles(), scribble);
    for (const digit of Object.keys(digits))
        checkSame(`pad: a ${digit} is read`, bestOf(answers[digit]), Number(digit));
    await draw(page, digits[3]);
    check("pad: shows its answer", /^3, [0-9.]+ %$/.test(await answer.textContent()), await answer.textContent());
    check("pad: explains its answer", /^Weight × pixel for 3: /.test(await page.locator("#sum").textContent()));
    await page.locator("#bars label", {hasText: "8"}).first().click();
    check("pad: explains why not another class", /^Weight × pixel for 8: /.test(await page.locator("#sum").textContent()));
    const colours = await page.locator("#products").evaluate((canvas) =>
        canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data);
    check("pad: in red and blue", hasRedAndBlue(Object.values(colours)));
    await page.locator("#clear").click();
    await settle(page);
    checkSame("pad: can be cleared", await answer.textContent(), "Nothing drawn yet");
    await close(view, "pad");
}

function hasRedAndBlue(data) {
    const pixels = Array.from({length: data.length / 4}, (_, i) => data.slice(4 * i, 4 * i + 3));
    return pixels.some(([red, , blue]) => red > blue + 40) && pixels.some(([red, , blue]) => blue > red + 40);
}

async function testKeys(browser) {
    const view = await open(browser, "results"), {page} = view;
    for (let i = 0; i < 40 && await page.evaluate(() => document.activeElement.id) !== "pad"; i++)
        await page.keyboard.press("Tab");
    checkSame("keys: the pad can be reached", await page.evaluate(() => document.activeElement.id), "pad");
    check("keys: a pen is shown", await page.locator("#pen").isVisible());
    for (let i = 0; i < 14; i++)
        await page.keyboard.press("ArrowUp");
    await page.keyboard.press(" ");
    for (let i = 0; i < 28; i++)
        await page.keyboard.press("ArrowDown");
    await page.keyboard.press(" ");
    await page.keyboard.press("ArrowRight");
    await settle(page);
    check("keys: a 1 can be drawn", /^1, /.test(await page.locator("#answer").textContent()), await page.locator("#answer").textContent());
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await settle(page);
    checkSame("keys: the pad can be cleared", await page.locator("#answer").textContent(), "Nothing drawn yet");
    for (let i = 0; i < 40 && await page.evaluate(() => document.activeElement.tagName) !== "TD"; i++)
        await page.keyboard.press("Tab");
    const title = page.locator("#cell h3"), first = await title.textContent();
    await page.keyboard.press("ArrowRight");
    check("keys: move to the next cell of the matrix", await title.textContent() !== first, first);
    for (let i = 0; i < 12; i++) {
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.press("ArrowUp");
    }
    check("keys: move to the first cell", /^0 read correctly: /.test(await title.textContent()), await title.textContent());
    await close(view, "keys");
}

async function testCells(browser) {
    const view = await open(browser, "results"), {page} = view;
    const rows = fs.readFileSync(path.join(folder, "results/confusion.csv"), "utf8").trim().split("\n").slice(1)
        .map((line) => line.split(",").slice(1).map(Number));
    checkSame("cells: the counts equal those in confusion.csv", await page.locator("#matrix tbody tr").evaluateAll((all) =>
        all.map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent)))), rows);
    await page.locator("#matrix tbody tr").nth(4).locator("td").nth(9).click();
    checkSame("cells: a cell shows its count", await page.locator("#cell h3").textContent(), `4 read as 9: ${rows[4][9]} images`);
    checkSame("cells: a cell shows all its mistakes", await page.locator("#cell figure").count(), rows[4][9]);
    const [index, box] = await page.locator("#cell figure").first().evaluate((figure) =>
        [Number(figure.querySelector("small").textContent.slice(1)), figure.querySelector(".tile").getBoundingClientRect()]);
    check("cells: each has its number", index >= 0 && index < 10000 && box.width === 56 && box.height === 56, {index, box});
    await page.locator("#matrix tbody tr").nth(1).locator("td").nth(1).click();
    const title = await page.locator("#cell h3").textContent(), nShown = await page.locator("#cell figure").count();
    checkSame("cells: many hits are shown as a sample", title, `1 read correctly: ${rows[1][1]} images, ${nShown} of them shown`);
    check("cells: some twenty have images", nShown >= 24 && nShown <= 48, nShown);
    await close(view, "cells");
}

/* The image on the sheet is the one in the data. */
async function testImages(browser) {
    const view = await open(browser, "results"), {page} = view;
    const shown = await page.evaluate(async () => {
        const {across, tiles} = JSON.parse(document.getElementById("images-data").textContent);
        const sheet = new Image(), tile = Math.trunc(tiles.length / 2), canvas = document.createElement("canvas");
        sheet.src = getComputedStyle(document.querySelector(".tile")).backgroundImage.slice(5, -2);
        await sheet.decode();
        canvas.width = canvas.height = 28;
        canvas.getContext("2d").drawImage(sheet, -28 * (tile % across), -28 * Math.trunc(tile / across));
        const {data} = canvas.getContext("2d").getImageData(0, 0, 28, 28);
        return {index: tiles[tile][0], pixels: Array.from({length: 784}, (_, i) => data[4 * i])};
    });
    const {index, pixels} = shown;
    const file = run("gunzip", "-c", path.join(root, "datasets/mnist/t10k-labels-idx1-ubyte.gz")).length;
    check("images: there are labels to compare with", file > 0);
    const images = spawnSync("gunzip", ["-c", path.join(root, "datasets/mnist/t10k-images-idx3-ubyte.gz")], {maxBuffer: 1 << 26}).stdout;
    checkSame(`images: #${index} equals the one in the data`, pixels, Array.from(images.subarray(16 + 784 * index, 16 + 784 * (index + 1))));
    await close(view, "images");
}

/* Contrast as in the web's accessibility guidelines, which demand 4.5 : 1. */
function contrastsOf(page) {
    return page.evaluate(() => {
        const parse = (colour) => colour.match(/[\d.]+/g).map(Number);
        const luminance = (colour) => parse(colour).slice(0, 3).map((c) => c / 255)
            .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = (element) => !element ? "rgb(255,255,255)" :
            parse(getComputedStyle(element).backgroundColor)[3] === undefined ? getComputedStyle(element).backgroundColor :
                behind(element.parentElement);
        return ["h1", "p", "nav a", ".note", "figcaption", "th", "td", "#matrix .h9", "small", "button", "output", "code"].map((selector) => {
            const element = document.querySelector(selector);
            const [a, b] = [getComputedStyle(element).color, behind(element)].map(luminance);
            return [selector, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        });
    });
}

async function testLooks(browser) {
    const phone = {viewport: {width: 375, height: 800}, hasTouch: true, isMobile: true, deviceScaleFactor: 2};
    const grounds = [];
    for (const [name, options] of [["light", {colorScheme: "light"}], ["dark", {colorScheme: "dark"}], ["phone", phone], ["narrow", {viewport: {width: 320, height: 600}}]]) {
        const view = await open(browser, "results", options), {page} = view;
        await draw(page, digits[5]);
        const [scrolled, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        check(`${name}: nothing to scroll sideways`, scrolled <= width, {scrolled, width});
        grounds.push(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));
        for (const [selector, contrast] of await contrastsOf(page))
            check(`${name}: '${selector}' is legible`, contrast >= 4.5, contrast);
        if (screenshots)
            await page.screenshot({path: path.join(screenshots, `${name}.png`), fullPage: true});
        await close(view, name);
    }
    check("dark: the background is dark", grounds[0] !== grounds[1], grounds);
}

async function testTouch(browser) {
    const view = await open(browser, "results", {viewport: {width: 375, height: 800}, hasTouch: true, isMobile: true});
    await view.page.locator("#pad").tap();
    await settle(view.page);
    const answer = await view.page.locator("#answer").textContent();
    checkSame("touch: draws, although a dot is not a digit", answer, "No digit found");
    await close(view, "touch");
}

async function testPrint(browser) {
    const view = await open(browser, "results", {colorScheme: "dark"}), {page} = view;
    await page.emulateMedia({media: "print"});
    check("print: the pad is hidden", !await page.locator("#draw").isVisible());
    check("print: the rest is shown", await page.locator("#classes").isVisible() && await page.locator("#weights").isVisible());
    checkSame("print: the background is white", await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), "rgb(255, 255, 255)");
    if (screenshots)
        await page.screenshot({path: path.join(screenshots, "print.png"), fullPage: true});
    await close(view, "print");
}

/* Models of other shapes, and one with a temperature. */
async function testOtherModels(browser) {
    const tool = path.join(root, "tests/cli/tool.py");
    const shapes = {small: [3, 5, 3], wide: [9, 30, 2], many: [12, 12, 62]};
    for (const [name, [rows, columns, classes]] of Object.entries(shapes)) {
        run("python3", tool, "make", `data-${name}`, rows, columns, classes, 20 * classes, 8 * classes);
        run(program, "train", "--data", `data-${name}`, "--output", name, "--validation", "0.2", "--l2", "0.1", "--quiet");
        run(program, "report", "--data", `data-${name}`, "--output", name);
        const view = await open(browser, name), {page} = view;
        checkSame(`${name}: as many choices as fit`, await page.locator("#bars input").count(), Math.min(classes, 12));
        check(`${name}: has a temperature`, await page.evaluate(() => model.temperature) !== 1);
        await compare(page, name, name, {3: digits[3], 7: digits[7]});
        const [scrolled, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        check(`${name}: nothing to scroll sideways`, scrolled <= width, {scrolled, width});
        if (screenshots)
            await page.screenshot({path: path.join(screenshots, `${name}.png`), fullPage: true});
        await close(view, name);
    }
}

async function main() {
    run(program, "train", "--data", path.join(root, "datasets/mnist"), "--output", "results", "--validation", "5000", "--quiet");
    run(program, "eval", "--data", path.join(root, "datasets/mnist"), "--output", "results");
    run(program, "report", "--data", path.join(root, "datasets/mnist"), "--output", "results");
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ["--no-sandbox"]});
    if (screenshots)
        fs.mkdirSync(screenshots, {recursive: true});
    for (const test of [testPad, testKeys, testCells, testImages, testLooks, testTouch, testPrint, testOtherModels])
        await test(browser);
    await browser.close();
}

try {
    await main();
} catch (error) {
    check("the tests run to their end", false, String(error.stack));
} finally {
    fs.rmSync(folder, {recursive: true, force: true});
}
console.log(`1..${count}`);
process.exit(failures ? 1 : 0);
