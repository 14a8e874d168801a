/* The drawing pad: the drawing, the input it makes for the model, the prediction and the evidence for it. */

const BRUSH = 22, KEY_STEP = 6, MAX_CHOICES = 12;
const KEY_MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/* The canvas as pixels of red, green, blue and alpha. */
function pictureOf(canvas) {
    const {width, height, data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return {width, height, data};
}

/* Fills a canvas with pixels of the colour [red, green, blue] that a function gives for each. */
function paint(canvas, width, height, colour) {
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++)
        image.data.set([...colour(i), 255], 4 * i);
    canvas.getContext("2d").putImageData(image, 0, 0);
}

/* -1 red, 0 white, 1 blue: the colours of show/colours.c. */
function divergingColour(value) {
    const end = value < 0 ? [178, 24, 43] : [33, 102, 172], share = Math.min(Math.abs(value), 1);
    return end.map((c) => Math.round(255 + share * (c - 255)));
}

function percent(share) {
    return `${(100 * share).toFixed(1)} %`;
}

/* ---------------------------------------------------------------------------------------------- */
/* The pen                                                                                         */

function clearCanvas(canvas) {
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
}

function drawStroke(canvas, from, to) {
    const context = canvas.getContext("2d");
    context.strokeStyle = "#fff";
    context.lineWidth = BRUSH;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(to[0] + 0.01, to[1]); /* a line of no length would not be drawn at all */
    context.stroke();
}

/* Where an event is, in pixels of the canvas. */
function placeOf(canvas, event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width,
        (event.clientY - box.top) * canvas.height / box.height];
}

/* Draws with mouse, finger or pen. */
function listenToPointers(canvas, onChange) {
    const strokes = new Map(); /* the last place of each pointer that is down */
    canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0)
            return;
        canvas.setPointerCapture(event.pointerId);
        strokes.set(event.pointerId, placeOf(canvas, event));
        drawStroke(canvas, placeOf(canvas, event), placeOf(canvas, event));
        onChange();
    });
    canvas.addEventListener("pointermove", (event) => {
        const coalesced = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
        for (const step of strokes.has(event.pointerId) ? (coalesced.length ? coalesced : [event]) : []) {
            const to = placeOf(canvas, step);
            drawStroke(canvas, strokes.get(event.pointerId), to);
            strokes.set(event.pointerId, to);
            onChange();
        }
    });
    for (const end of ["pointerup", "pointercancel"])
        canvas.addEventListener(end, (event) => strokes.delete(event.pointerId));
}

/* Draws with the arrow keys: the space bar lowers and lifts the pen. */
function listenToKeys(canvas, pen, onChange) {
    let place = [canvas.width / 2, canvas.height / 2], isDown = false;
    const show = () => {
        pen.hidden = document.activeElement !== canvas || !canvas.matches(":focus-visible");
        pen.style.left = `${place[0] / canvas.width * canvas.clientWidth}px`;
        pen.style.top = `${place[1] / canvas.height * canvas.clientHeight}px`;
        pen.classList.toggle("down", isDown);
    };
    const move = (by, n) => {
        const to = place.map((c, i) => Math.min(Math.max(c + by[i] * n, 0), canvas.width));
        if (isDown)
            drawStroke(canvas, place, to);
        place = to;
    };
    canvas.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey)
            return;
        if (event.key in KEY_MOVES)
            move(KEY_MOVES[event.key], event.shiftKey ? 1 : KEY_STEP);
        else if (event.key === " ")
            isDown = !isDown;
        else
            return;
        if (isDown)
            drawStroke(canvas, place, place);
        event.preventDefault();
        show();
        onChange();
    });
    canvas.addEventListener("focus", show);
    canvas.addEventListener("blur", () => {
        isDown = false;
        show();
    });
}

/* ---------------------------------------------------------------------------------------------- */
/* The prediction                                                                                  */

/* The bar of a class, which the reader can choose. */
function makeChoice(onChoice) {
    const choice = document.createElement("label");
    choice.className = "choice";
    choice.innerHTML = '<input type="radio" name="class"><span></span><span class="track"><span class="fill"></span>' +
        "</span><output></output>";
    choice.firstChild.addEventListener("change", onChoice);
    return choice;
}

function fillChoice(choice, k, probability, isChosen) {
    choice.firstChild.value = k;
    choice.firstChild.checked = isChosen;
    choice.children[1].textContent = k;
    const text = percent(probability), isNone = text === percent(0);
    choice.querySelector(".fill").style.width = isNone ? "0" : `${100 * probability}%`;
    choice.querySelector("output").textContent = probability > 0 ? text : "";
}

/* The classes of a digit, likeliest first. */
function classesOf({probabilities}) {
    return Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a] || a - b);
}

/* The evidence for and against class k: slope times pixel, full colour for the strongest. For a model of pixels the slopes are
 * its weights, and the evidence adds up to the score. */
function showEvidence(model, digit, k, slopes) {
    const evidence = digit ? slopes.map((slope, i) => slope * digit.pixels[i] / 255) :
        new Float32Array(model.rows * model.columns);
    const most = evidence.reduce((high, e) => Math.max(high, Math.abs(e)), 0) || 1;
    paint(document.getElementById("products"), model.columns, model.rows, (i) => divergingColour(evidence[i] / most));
    const what = model.features === "pixels" ? "Weight × pixel" : "Slope × pixel";
    document.getElementById("sum").textContent = digit ? `${what} for ${k}: score ${digit.scores[k].toFixed(2)}` : what;
}

/* Shows the digit that was read; where there is none, the text `nothing`. Class k is marked. */
function showDigit(model, choices, digit, k, nothing) {
    const legend = document.getElementById("answer"), classes = digit ? classesOf(digit) : [];
    paint(document.getElementById("normalised"), model.columns, model.rows, (i) => Array(3).fill(digit ? digit.pixels[i] : 0));
    const shown = model.classes <= MAX_CHOICES || !digit ? [...choices.keys()] : classes;
    choices.forEach((choice, i) =>
        fillChoice(choice, shown[i], digit ? digit.probabilities[shown[i]] : 0, digit !== null && shown[i] === k));
    const text = digit ? `${classes[0]}, ${percent(digit.probabilities[classes[0]])}` : nothing;
    if (legend.textContent !== text)
        legend.textContent = text;
}

function savePicture(canvas) {
    canvas.toBlob((blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = "drawing.png";
        link.click();
        URL.revokeObjectURL(link.href);
    });
}

/* The bars of the classes, or if there are many, of the likeliest. */
function makeChoices(model, onChoice) {
    const choices = Array.from({length: Math.min(model.classes, MAX_CHOICES)}, () => makeChoice(onChoice));
    document.getElementById("bars").append(...choices);
    return choices;
}

/* Puts a sentence in the place of a pad that cannot be used. */
function replacePad({message}) {
    const sentence = document.createElement("p");
    sentence.className = "empty";
    sentence.textContent = `The pad cannot be used: ${message}.`;
    document.querySelector("#draw .pad").replaceWith(sentence);
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

/* Starts the pad, on which one can draw at once; a reader is promised (see startReader). */
function startPad(starting) {
    const canvas = document.getElementById("pad");
    let reader = null, choices = null, chosen = null;
    const onChange = makeUpdater(async () => {
        reader ??= await starting;
        choices ??= makeChoices(reader.model, choose);
        const picture = pictureOf(canvas), isBlank = !picture.data.some((value, i) => i % 4 === 0 && value > 0);
        const {digits} = await reader.call("read", picture, false), digit = digits[0] ?? null;
        const k = chosen ?? (digit ? classesOf(digit)[0] : 0);
        showDigit(reader.model, choices, digit, k, isBlank ? "Nothing drawn yet" : "No digit found");
        showEvidence(reader.model, digit, k, digit && await reader.call("slopes", 0, k));
    });
    const choose = (event) => {
        chosen = Number(event.target.value);
        onChange();
    };
    const clear = () => {
        chosen = null;
        clearCanvas(canvas);
        onChange();
    };
    listenToPointers(canvas, onChange);
    listenToKeys(canvas, document.getElementById("pen"), onChange);
    document.getElementById("clear").addEventListener("click", clear);
    document.getElementById("save").addEventListener("click", () => savePicture(canvas));
    clear();
}
