/* The pad: the drawing, the digit that is looked at, and what is done with it. */

/* Puts a sentence in the place of a pad that cannot be used. */
function replacePad({message}) {
    const sentence = document.createElement("p");
    sentence.className = "empty";
    sentence.textContent = `The pad cannot be used: ${message}.`;
    for (const other of document.querySelectorAll("#draw > :is(.pad, .steps, #kept)"))
        other.remove();
    document.getElementById("draw").append(sentence);
}

/* Returns a function that calls `work`, which takes its time, once a frame at most and never twice at the same time: while
 * it works, further calls are remembered as one. #bars is busy until all is done. */
function makeUpdater(work) {
    const bars = document.getElementById("bars");
    let isWanted = false, isWorking = false;
    const update = async () => {
        isWorking = true;
        try {
            while (isWanted) {
                isWanted = false;
                await work();
            }
        } catch (error) {
            replacePad(error);
        }
        isWorking = false;
        bars.setAttribute("aria-busy", "false");
    };
    return () => {
        if (!isWanted && !isWorking)
            requestAnimationFrame(update);
        isWanted = true;
        bars.setAttribute("aria-busy", "true");
    };
}

/* Says something below the pad, and offers to read each digit alone if there are several. */
function say(text, areSeveral = false) {
    document.querySelector("#tip span").textContent = text;
    document.getElementById("each").hidden = !areSeveral;
}

/* Starts the pad, on which one can draw at once; a reader is promised (see startReader). Returns a function that replaces the
 * drawing by what paint(context) paints. */
function startPad(starting) {
    const [canvas, keepButton, whatIf] = ["pad", "keep", "what-if"].map((id) => document.getElementById(id));
    let tools = null, digit = null, nothing = "", chosen = null; /* the digit that is looked at, or why there is none */
    let isChanged = true, isOnPad = true; /* the drawing, since it was read; the digit */
    const readDrawing = async ({call}) => {
        const picture = pictureOf(canvas), isBlank = !picture.data.some((value, i) => i % 4 === 0 && value > 0);
        const {digits, apart} = await call("read", picture, false);
        [digit, nothing, isOnPad] = [digits[0] ?? null, isBlank ? "Nothing drawn yet" : "No digit found", true];
        say(apart > 1 ? `There seem to be ${apart} digits, read here as one.` : "", apart > 1);
    };
    const classNow = () => chosen ?? (digit ? classesOf(digit)[0] : 0);
    const update = makeUpdater(async () => {
        const reader = await starting;
        tools ??= startTools(reader);
        if (isChanged) {
            isChanged = false;
            await readDrawing(reader);
        }
        await tools.show(digit, classNow(), nothing, isOnPad && whatIf.checked);
        keepButton.disabled = digit === null;
        keepButton.textContent = digit ? `Keep as ${classNow()}` : "Keep it";
    });
    const change = () => {
        isChanged = true;
        update();
    };
    const choose = (k) => {
        chosen = k;
        update();
    };
    const look = (other) => {
        [digit, chosen, isOnPad] = [other, null, false];
        update();
    };
    const startTools = (reader) => {
        const kept = startKept(reader.model);
        startTraining(reader, kept, async () => {
            await renewPhoto(reader);
            isChanged = isOnPad;
            update();
        });
        return {show: startLesson(reader, choose), keep: kept.keep};
    };
    const pen = startPen(canvas, document.getElementById("pen"), change);
    const back = () => {
        chosen = null;
        document.querySelector(".pad").classList.remove("reading");
        change();
    };
    const replace = (paint) => {
        back();
        pen.replace(paint);
    };
    const open = async (opening) => {
        say("Reading …");
        try {
            const [reader, image] = await Promise.all([starting, opening]);
            say(await showPhoto(reader, image, look));
        } catch (error) {
            say(`${error.message}.`);
        }
    };
    const actions = {
        back, undo: pen.undo, clear: () => replace(), save: async () => saveFile(await pngOf(canvas), "drawing.png"),
        keep: () => tools.keep(digit.pixels, classNow()), each: () => open(canvas),
    };
    for (const [id, action] of Object.entries(actions))
        document.getElementById(id).addEventListener("click", action);
    whatIf.addEventListener("change", update);
    listenForPhotos(open);
    update();
    return replace;
}
