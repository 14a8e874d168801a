/* The drawing pad: the drawing, the input it makes for the model, the prediction and the evidence for it. */

const BRUSH = 22, KEY_STEP = 6, MAX_CHOICES = 12;
const KEY_MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/* The canvas as a grey image, 0 black to 1 white. */
function pictureOf(canvas) {
    const {width, height} = canvas, {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
    const values = new Float32Array(width * height);
    for (let i = 0; i < values.length; i++)
        values[i] = data[4 * i] / 255;
    return {width, height, values};
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

/* The evidence for and against a class, full colour for the strongest, and its sum. */
function showProducts(model, answer, k) {
    const canvas = document.getElementById("products"), sum = document.getElementById("sum");
    const n = model.rows * model.columns, products = answer ? answer.products.subarray(k * n, (k + 1) * n) : new Float64Array(n);
    const most = products.reduce((high, p) => Math.max(high, Math.abs(p)), 0) || 1;
    paint(canvas, model.columns, model.rows, (i) => divergingColour(products[i] / most));
    sum.textContent = !answer ? "Weight × pixel" :
        `Weight × pixel for ${k}: ${(answer.scores[k] - model.bias[k]).toFixed(2)}, with the bias ` +
        `${answer.scores[k].toFixed(2)}`;
}

/* Shows pixels and the prediction for them; where pixels is null, the text `nothing`. The evidence is that for the
   class `chosen`, or for the likeliest if that is null. */
function showAnswer(model, choices, pixels, chosen, nothing) {
    const answer = pixels && predict(model, pixels), legend = document.getElementById("answer");
    paint(document.getElementById("normalised"), model.columns, model.rows, (i) => Array(3).fill(pixels ? pixels[i] : 0));
    const best = answer ? answer.classes[0] : 0, k = chosen ?? best;
    const shown = model.classes <= MAX_CHOICES || !answer ? [...choices.keys()] : answer.classes;
    choices.forEach((choice, i) =>
        fillChoice(choice, shown[i], answer ? answer.probabilities[shown[i]] : 0, answer !== null && shown[i] === k));
    showProducts(model, answer, k);
    const text = answer ? `${best}, ${percent(answer.probabilities[best])}` : nothing;
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

function startPad(model) {
    const canvas = document.getElementById("pad"), bars = document.getElementById("bars");
    let chosen = null, isAsked = false;
    const choices = Array.from({length: Math.min(model.classes, MAX_CHOICES)}, () => makeChoice((event) => {
        chosen = Number(event.target.value);
        answer();
    }));
    const answer = () => {
        isAsked = false;
        const picture = pictureOf(canvas), isBlank = picture.values.every((value) => value === 0);
        const pixels = digitFind(picture, model.rows, model.columns);
        showAnswer(model, choices, pixels, chosen, isBlank ? "Nothing drawn yet" : "No digit found");
    };
    const onChange = () => { /* once a frame is enough */
        if (!isAsked)
            requestAnimationFrame(answer);
        isAsked = true;
    };
    const clear = () => {
        chosen = null;
        clearCanvas(canvas);
        onChange();
    };
    bars.append(...choices);
    listenToPointers(canvas, onChange);
    listenToKeys(canvas, document.getElementById("pen"), onChange);
    document.getElementById("clear").addEventListener("click", clear);
    document.getElementById("save").addEventListener("click", () => savePicture(canvas));
    clear();
}
