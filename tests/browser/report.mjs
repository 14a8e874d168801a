/* The report in a browser: its display and controls, and whether its model gives the same answers as predict. Prints
   TAP. Usage: node report.mjs PROGRAM [SCREENSHOTS], the latter a folder for pictures of the page; run.sh sets
   $CHROMIUM. */
import {spawnSync} from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";
import {chromium} from "playwright-core";
import {check, checkReading, checkSame, classOf, close, compare, draw, folder, makeSubset, open, paintDigits, program, readingOf,
    results, root, run, save, screenshots, scribble, settle} from "./harness.mjs";
import {padTests} from "./pad.mjs";
import {digits, others, isWriting, scribbles} from "./strokes.mjs";
import {packRgba} from "./png.mjs";

async function testPad(browser) {
    const view = await open(browser, "results"), {page} = view, answer = page.locator("#answer");
    checkSame("pad: starts empty", await answer.textContent(), "Nothing drawn yet");
    const found = await compare(page, "results", "pad", {...digits, ...others});
    for (const name of Object.keys(others))
        check(`pad: '${name}' is ${isWriting.has(name) ? "" : "not "}writing`, found[name].digits.length === (isWriting.has(name) ? 1 : 0));
    await compare(page, "results", "pad", scribbles(), scribble);
    for (const digit of Object.keys(digits))
        checkSame(`pad: a ${digit} is read`, classOf(found[digit]), Number(digit));
    await save(page, "saved.png");
    checkSame("pad: the drawing can be saved", run(program, "predict", "--output", "results", "saved.png").split(" ")[1],
        String(classOf(found.wide) ?? "no"));
    await draw(page, digits[3]);
    check("pad: shows its answer", /^3, [0-9.]+ %$/.test(await answer.textContent()), await answer.textContent());
    check("pad: explains its answer", /^Weight × pixel for 3: score /.test(await page.locator("#sum").textContent()));
    await page.locator("#bars label", {hasText: "8"}).first().click();
    await settle(page);
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

async function tabTo(page, id) {
    for (let i = 0; i < 40 && await page.evaluate(() => document.activeElement.id) !== id; i++)
        await page.keyboard.press("Tab");
}

async function testKeys(browser) {
    const view = await open(browser, "results"), {page} = view;
    await tabTo(page, "pad");
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
    await tabTo(page, "clear");
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
        await settle(page);
        checkSame(`${name}: as many choices as fit`, await page.locator("#bars input").count(), Math.min(classes, 12));
        check(`${name}: has a temperature`, await page.evaluate(async () => (await starting).model.temperature) !== 1);
        await compare(page, name, name, {3: digits[3], 7: digits[7]});
        const [scrolled, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        check(`${name}: nothing to scroll sideways`, scrolled <= width, {scrolled, width});
        if (screenshots)
            await page.screenshot({path: path.join(screenshots, `${name}.png`), fullPage: true});
        await close(view, name);
    }
}

/* The median time in ms from a drawing to all that the pad shows of it. */
function answerTime(page) {
    return page.evaluate(async () => {
        const {call} = await starting, times = [];
        for (let i = 0; i < 41; i++) {
            const start = performance.now();
            const {digits} = await call("read", pictureOf(document.getElementById("pad")), false);
            await call("slopes", digits[0].pixels, [1]);
            times.push(performance.now() - start);
        }
        return times.sort((a, b) => a - b)[20];
    });
}

/* Every map reads drawings and pictures in the page as the program does. */
async function testMaps(browser) {
    makeSubset("subset", {train: 1000, t10k: 200});
    const files = [[3], [0, 1, 2, 3, 7]].map((indices) => packRgba(paintDigits(indices)).toString("base64"));
    for (const map of ["pixels", "deskew", "scattering", "patches:filters=24"]) {
        const name = map.split(":")[0], results = `map-${name}`;
        run(program, "train", "--data", "subset", "--features", map, "--output", results, "--l2", "0.01", "--tolerance", "0.1", "--quiet");
        run(program, "report", "--data", "subset", "--output", results);
        const view = await open(browser, results), {page} = view;
        await compare(page, results, name, digits);
        await compare(page, results, name, Object.fromEntries(Object.entries(scribbles()).slice(0, 4)), scribble);
        for (const [all, nFound] of [[false, [1, 0]], [true, [1, 5]]]) {
            for (const [i, file] of files.entries()) {
                const found = await readingOf(page, {file, all}), what = `${name}: picture ${i}${all ? ", all" : ""}`;
                checkReading(what, results, found, {all});
                checkSame(`${what}: as many digits`, found.digits.length, nFound[i]);
            }
        }
        await draw(page, digits[3]);
        console.log(`# ${name}: the pad answers within ${(await answerTime(page)).toFixed(1)} ms (median)`);
        check(`${name}: the pad explains its answer`, (await page.locator("#sum").textContent())
            .startsWith(name === "pixels" ? "Weight × pixel for " : "Slope × pixel for "), await page.locator("#sum").textContent());
        await close(view, name);
    }
}

/* Where the reader cannot run, a sentence takes the place of the pad. */
async function testWithoutWebAssembly(browser) {
    const context = await browser.newContext(), page = await context.newPage();
    await page.addInitScript(() => delete globalThis.WebAssembly);
    await page.goto(pathToFileURL(path.join(folder, "results/report.html")).href);
    const said = await page.locator("#draw .empty").filter({hasNotText: "JavaScript"}).textContent();
    checkSame("no WebAssembly: the page says so", said, "The pad cannot be used: this browser has no WebAssembly, or has turned it off.");
    check("no WebAssembly: the rest of the page works", await page.locator("#cell h3").count() === 1);
    await context.close();
}

async function main() {
    run(program, "train", "--data", path.join(root, "datasets/mnist"), "--output", "results", "--validation", "5000", "--quiet");
    run(program, "eval", "--data", path.join(root, "datasets/mnist"), "--output", "results");
    run(program, "report", "--data", path.join(root, "datasets/mnist"), "--output", "results");
    const browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: ["--no-sandbox"]});
    if (screenshots)
        fs.mkdirSync(screenshots, {recursive: true});
    for (const test of [testPad, testKeys, testCells, testImages, testLooks, testTouch, testPrint, testOtherModels, testMaps, testWithoutWebAssembly, ...padTests])
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
console.log(`1..${results.count}`);
process.exit(results.failures ? 1 : 0);
