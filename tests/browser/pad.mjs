/* The tests of what the page does with the pad: pictures of one's own, the lesson, digits that are kept, phones, and readers
   of the screen. */
import fs from "node:fs";
import {createRequire} from "node:module";
import path from "node:path";
import {check, checkReading, checkSame, close, draw, folder, open, paintDigits, program, readingOf, root, run, screenshots, settle} from "./harness.mjs";
import {digits, otherHand} from "./strokes.mjs";
import {packBlack, packRgba, readGrey} from "./png.mjs";

const phone = {viewport: {width: 390, height: 844}, hasTouch: true, isMobile: true, deviceScaleFactor: 2};
const dataFolder = path.join(root, "datasets/mnist");

async function shoot(page, name) {
    if (screenshots)
        await page.screenshot({path: path.join(screenshots, `${name}.png`), fullPage: true});
}

function textOf(page, selector) {
    return page.locator(selector).first().textContent();
}

/* Waits until the page has said something of a picture, and returns that. */
async function saidOf(page) {
    await page.waitForFunction(() => !/^$|^Reading/.test(document.querySelector("#tip span").textContent), null, {timeout: 120000});
    await settle(page);
    return textOf(page, "#tip span");
}

/* Drops or pastes a file. */
async function give(page, bytes, name, type, event) {
    const file = path.join(folder, name);
    fs.writeFileSync(file, bytes);
    await page.evaluate(() => say(""));
    if (event === "choose")
        await page.locator("#file").setInputFiles(file);
    else
        await page.evaluate(([text, ...args]) => {
            const data = new DataTransfer(), [fileName, mime, kind] = args;
            data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], fileName, {type: mime}));
            document.body.dispatchEvent(kind === "drop" ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}) :
                new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }, [bytes.toString("base64"), name, type, event]);
    return saidOf(page);
}

/* The digits and boxes that predict finds in a picture. */
function predicted(results, name) {
    const [said] = JSON.parse(run(program, "predict", "--output", results, "--json", "--all", name));
    return said.digits.map(({box, guesses}) => [String(guesses[0].label), box.left, box.top, box.width, box.height]);
}

/* The digits and boxes on the page, in pixels of a picture of this size. */
function shownOn(page, {width, height}) {
    return page.locator("#photo .box").evaluateAll((boxes, [w, h]) => boxes.map((box) => [box.textContent,
        ...[["left", w], ["top", h], ["width", w], ["height", h]].map(([key, side]) => Math.round(parseFloat(box.style[key]) * side / 100))]), [width, height]);
}

/* ---------------------------------------------------------------------------------------------------------------- */

/* Twenty digits in two hands. */
async function testHands(browser) {
    run(program, "train", "--data", dataFolder, "--features", "quick", "--output", "quick", "--quiet");
    run(program, "report", "--data", dataFolder, "--output", "quick");
    const view = await open(browser, "quick"), {page} = view;
    for (const [hand, all] of [["first", digits], ["second", otherHand]]) {
        for (const [digit, strokes] of Object.entries(all)) {
            await draw(page, strokes);
            const answer = await textOf(page, "#answer");
            check(`hands: the ${digit} of the ${hand} hand is read`, answer.startsWith(`${digit}, `), answer);
        }
    }
    await close(view, "hands");
}

async function testPhotos(browser) {
    const view = await open(browser, "quick"), {page} = view, indices = [0, 1, 2, 3, 7];
    for (const [event, zoom] of [["drop", 47], ["paste", 3], ["choose", 5]]) {
        const picture = paintDigits(indices, zoom, 1), bytes = packRgba(picture), what = `photo: ${event}, ${Math.round(picture.width * picture.height / 1e5) / 10} megapixels`;
        const start = performance.now(), said = await give(page, bytes, `${event}.png`, "image/png", event);
        console.log(`# ${what}: ${Math.round(performance.now() - start)} ms`);
        check(`${what}: the digits are read`, said.startsWith("5 digits: 7 2 1 0 9. "), said);
        checkSame(`${what}: digits and boxes are those of predict`, await shownOn(page, picture), predicted("quick", `${event}.png`));
    }
    await page.locator("#photo .box").nth(2).click();
    await settle(page);
    check("photo: a digit can be chosen", (await textOf(page, "#answer")).startsWith("1, "));
    await shoot(page, "photo");
    await page.locator("#back").click();
    await settle(page);
    checkSame("photo: leads back to the drawing", [await textOf(page, "#answer"), await page.locator("#pad").isVisible()], ["Nothing drawn yet", true]);
    checkSame("photo: what is no picture", await give(page, Buffer.from("no picture"), "note.txt", "text/plain", "drop"),
        "note.txt is not a picture that this browser can decode.");
    checkSame("photo: a broken picture", await give(page, packBlack(50, 50).subarray(0, 30), "broken.png", "image/png", "drop"),
        "broken.png is not a picture that this browser can decode.");
    checkSame("photo: 100 megapixels", await give(page, packBlack(10000, 10000), "huge.png", "image/png", "choose"),
        "The picture has 100 million pixels; the page reads up to 50 million.");
    checkSame("photo: a blank one", await give(page, packBlack(300, 200), "blank.png", "image/png", "choose"), "There is no digit in the picture.");
    await close(view, "photo");
}

async function testLesson(browser) {
    const view = await open(browser, "results"), {page} = view;
    await draw(page, digits[3]);
    const rows = await page.locator("#steps tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    const bars = await page.locator("#bars output").allTextContents(), powers = rows.map((row) => Number(row[2]));
    checkSame("lesson: a row for each class, and the sum", rows.map((row) => row[0]), [..."0123456789", "Sum"]);
    checkSame("lesson: the probabilities are those of the bars", rows.slice(0, 10).map((row) => row[3]), bars);
    check("lesson: exp adds up", Math.abs(powers.slice(0, 10).reduce((a, b) => a + b) - powers[10]) < 1e-3 * powers[10], powers);
    check("lesson: a probability is the share of the sum", rows.slice(0, 10).every((row) => Math.abs(100 * row[2] / powers[10] - parseFloat(row[3])) < 0.06), rows);
    checkSame("lesson: the Jacobian has a pixel for each pair", await page.locator("#jacobian").evaluate((canvas) => [canvas.width, canvas.height]), [10, 10]);
    check("lesson: the Jacobian is symmetric, and positive on its diagonal", await page.locator("#jacobian").evaluate((canvas) => {
        const {data} = canvas.getContext("2d").getImageData(0, 0, 10, 10), at = (i, j) => data.slice(4 * (10 * i + j), 4 * (10 * i + j) + 3);
        return [...Array(100).keys()].every((i) => String(at(i % 10, Math.trunc(i / 10))) === String(at(Math.trunc(i / 10), i % 10))) &&
            [...Array(10).keys()].every((i) => at(i, i)[2] >= at(i, i)[0]);
    }));
    check("lesson: the gradient is hidden at first", !await page.locator("#gradient").isVisible());
    await page.locator("#what-if").check();
    await settle(page);
    const [over, under] = [await page.locator("#gradient").boundingBox(), await page.locator("#pad").boundingBox()];
    check("lesson: the gradient lies over the drawing", over.width > under.width / 2 && over.x < under.x + under.width / 2 && over.x + over.width > under.x + under.width / 2, {over, under});
    await shoot(page, "lesson");
    await page.locator("#undo").click();
    await settle(page);
    checkSame("undo: takes the stroke back", await textOf(page, "#answer"), "Nothing drawn yet");
    await draw(page, digits[4]);
    await page.locator("#clear").click();
    await page.locator("#undo").click();
    await settle(page);
    check("undo: takes clearing back", (await textOf(page, "#answer")).startsWith("4, "), await textOf(page, "#answer"));
    await page.locator("#matrix tbody tr").nth(0).locator("td").nth(0).click();
    await page.locator("#cell .tile").first().click();
    await settle(page);
    check("lesson: a test image goes onto the pad", (await textOf(page, "#answer")).startsWith("0, "), await textOf(page, "#answer"));
    const narrow = (strokes, at) => strokes.map((stroke) => stroke.map(([x, y]) => [at + 0.4 * x, 0.2 + 0.6 * y]));
    await draw(page, [...narrow(digits[3], 0.05), ...narrow(digits[7], 0.55)]);
    checkSame("tip: says that there are two digits", await textOf(page, "#tip span"), "There seem to be 2 digits, read here as one.");
    await page.locator("#each").click();
    await page.locator("#photo .box").nth(1).waitFor();
    check("tip: reads them one by one", /^2 digits: 3 7\./.test(await saidOf(page)), await textOf(page, "#tip span"));
    await close(view, "lesson");
}

async function testPhone(browser) {
    const view = await open(browser, "results", phone), {page} = view;
    await settle(page);
    await page.locator("#draw").evaluate((section) => section.scrollIntoView());
    const places = () => page.evaluate(() => ["#pad", "#bars", "#undo", "#steps", "#weights"].map((selector) =>
        Math.round(document.querySelector(selector).getBoundingClientRect().top + scrollY)));
    const before = await places(), bars = await page.locator("#bars").boundingBox(), pad = await page.locator("#pad").boundingBox();
    check("phone: the pad is as wide as the page", pad.width >= 350, pad);
    check("phone: pad and answer are seen together", pad.y >= 0 && bars.y + bars.height <= 844, {pad, bars});
    check("phone: no hints for keys", !await page.locator(".by-keys").first().isVisible());
    check("phone: offers to photograph", await page.locator(".touch").isVisible());
    await draw(page, digits[5]);
    checkSame("phone: nothing jumps", await places(), before);
    await shoot(page, "phone-pad");
    await close(view, "phone");
}

async function saveAs(page, button, name) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
    await download.saveAs(path.join(folder, name));
}

/* Draws a digit and keeps it as one of a class, which is chosen if it is not what was read. */
async function keep(page, strokes, label) {
    await draw(page, strokes);
    await page.locator("#bars label").nth(label).click();
    await settle(page);
    await page.locator("#keep", {hasText: `Keep as ${label}`}).click();
}

/* The archive of kept digits: a folder for each class, of pictures that predict takes as they are. */
async function testArchive(page, results, title, labels) {
    const kept = await page.locator("#kept canvas").evaluateAll((all) => all.map((canvas) =>
        Array.from(canvas.getContext("2d").getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)));
    await saveAs(page, "#zip", "digits.zip");
    run("python3", "-m", "zipfile", "-e", "digits.zip", `${results}-kept`);
    labels.forEach((label, i) => {
        const picture = path.join(`${results}-kept`, String(label), `${i + 1}.png`), seen = `${results}-seen-${i}`;
        fs.mkdirSync(path.join(folder, seen));
        run(program, "predict", "--output", results, "--save-normalized", seen, picture);
        checkSame(`${title}: predict takes kept digit ${i} as it is`, readGrey(path.join(folder, seen, fs.readdirSync(path.join(folder, seen))[0])), kept[i]);
    });
    checkSame(`${title}: there is a folder for each class`, fs.readdirSync(path.join(folder, `${results}-kept`)).sort(),
        [...new Set(labels.map(String))].sort());
    checkSame(`${title}: what is kept is a data set`, JSON.parse(run(program, "eval", "--data", `${results}-kept`, "--output", results, "--json")).n_samples, labels.length);
}

/* Corrects, trains again, saves, and reads what was saved. */
async function testTraining(browser) {
    for (const results of ["results", "quick"]) {
        const view = await open(browser, results), {page} = view, title = `training: ${results}`, wrong = 9;
        await keep(page, otherHand[4], wrong);
        await keep(page, digits[7], 7);
        await keep(page, digits[2], 2);
        await testArchive(page, results, title, [wrong, 7, 2]);
        await draw(page, otherHand[4]);
        check(`${title}: reads a 4 before`, (await textOf(page, "#answer")).startsWith("4, "), await textOf(page, "#answer"));
        await page.locator("#train").click();
        await page.waitForFunction(() => document.getElementById("trained").textContent !== "");
        await settle(page);
        const said = await textOf(page, "#trained"), numbers = /^(\d+) iterations of L-BFGS in ([\d.]+) s: the sum is ([\d.e-]+), at most ([\d.e-]+) above its minimum\.$/.exec(said);
        console.log(`# ${title}: ${said}`);
        check(`${title}: has a certificate`, numbers && Number(numbers[4]) <= 1e-6 * Number(numbers[3]), said);
        check(`${title}: takes less than 2 s`, numbers && Number(numbers[2]) < 2, said);
        check(`${title}: has learned what it was told`, (await textOf(page, "#answer")).startsWith(`${wrong}, `), await textOf(page, "#answer"));
        const notes = await page.locator("#kept figcaption span").allTextContents(), [before, after] = notes[0].match(/[\d.]+(?= %)/g).map(Number);
        check(`${title}: shows before and after`, before < 50 && after > 50, notes);
        await shoot(page, `training-${results}`);
        fs.mkdirSync(path.join(folder, `${results}-adapted`));
        await saveAs(page, "#save-model", `${results}-adapted/model.safetensors`);
        for (const [name, strokes] of Object.entries(otherHand)) {
            await draw(page, strokes);
            checkReading(`${title}: ${name}`, `${results}-adapted`, await readingOf(page));
        }
        await give(page, packRgba(paintDigits([4, 7], 4, 1)), "two.png", "image/png", "choose");
        await page.locator("#restore").click();
        await page.waitForFunction(() => document.getElementById("trained").textContent.startsWith("The model is that"));
        await settle(page);
        checkSame(`${title}: the boxes of a picture follow the model`, (await shownOn(page, {width: 1, height: 1})).map(([k]) => k), predicted(results, "two.png").map(([k]) => k));
        await page.locator("#back").click();
        await draw(page, otherHand[4]);
        check(`${title}: can be taken back`, (await textOf(page, "#answer")).startsWith("4, "), await textOf(page, "#answer"));
        checkReading(`${title}: taken back`, results, await readingOf(page));
        await close(view, title);
    }
}

/* The page of mnist report --demo. */
async function testDemo(browser) {
    run(program, "report", "--demo", "--output", "results");
    const view = await open(browser, "results", phone, "demo.html"), {page} = view;
    await settle(page);
    const [pad, bars] = [await page.locator("#pad").boundingBox(), await page.locator("#bars").boundingBox()];
    check("demo: pad and answer are seen as the page opens", pad.y >= 0 && bars.y + bars.height <= 844, {pad, bars});
    await draw(page, digits[3]);
    check("demo: reads a digit", (await textOf(page, "#answer")).startsWith("3, "), await textOf(page, "#answer"));
    await shoot(page, "demo");
    await close(view, "demo");
}

/* The rules of axe-core, on all that the page can show. */
async function testAccessibility(browser) {
    const source = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const [name, options, file] of [["light", {}], ["dark", {colorScheme: "dark"}], ["phone", phone], ["demo", {}, "demo.html"]]) {
        const view = await open(browser, "results", options, file), {page} = view;
        await page.addScriptTag({content: source});
        const inspect = async (what) => checkSame(`axe: ${name}, ${what}: no finding`, await page.evaluate(async () =>
            (await axe.run()).violations.map(({id, nodes}) => [id, nodes.slice(0, 3).map((node) => [node.html.slice(0, 100), node.failureSummary.slice(0, 300)])])), []);
        await draw(page, digits[5]);
        await page.locator("#keep").click();
        await page.locator("#what-if").check();
        await settle(page);
        await inspect("a drawing");
        await give(page, packRgba(paintDigits([0, 1], 4)), "two.png", "image/png", "choose");
        await inspect("a picture");
        await close(view, `axe: ${name}`);
    }
}

export const padTests = [testHands, testPhotos, testLesson, testTraining, testPhone, testDemo, testAccessibility];
