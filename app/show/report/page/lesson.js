/* What the model makes of a digit: probabilities, scores, evidence, and their derivatives. */

const MAX_CHOICES = 12;

/* Fills a canvas with pixels of the colour [red, green, blue] or [red, green, blue, alpha] that a function gives for each. */
function paint(canvas, width, height, colour) {
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++)
        image.data.set([...colour(i), 255].slice(0, 4), 4 * i);
    canvas.getContext("2d").putImageData(image, 0, 0);
}

/* -1 red, 0 white, 1 blue: the colours of show/colours.c. */
function divergingColour(value) {
    const end = value < 0 ? [178, 24, 43] : [33, 102, 172], share = Math.min(Math.abs(value), 1);
    return end.map((c) => Math.round(255 + share * (c - 255)));
}

/* The largest magnitude of some numbers, 1 if all are 0. */
function rangeOf(values) {
    return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

function percent(share) {
    return `${(100 * share).toFixed(1)} %`;
}

/* The classes of a digit, likeliest first. */
function classesOf({probabilities}) {
    return Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a] || a - b);
}

/* ---------------------------------------------------------------------------------------------- */
/* The bars                                                                                        */

/* The bar of a class, which the reader can choose. */
function makeChoice(onChoice) {
    const choice = document.createElement("label");
    choice.className = "choice";
    choice.innerHTML = '<input type="radio" name="class"><span></span><span class="track"><span class="fill"></span>' +
        "</span><output></output>";
    choice.firstChild.addEventListener("change", (event) => onChoice(Number(event.target.value)));
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

/* ---------------------------------------------------------------------------------------------- */
/* Step by step                                                                                    */

function addRow(table, cells) {
    const row = table.insertRow();
    row.innerHTML = `<th scope="row">${cells[0]}</th>${cells.slice(1).map((cell) => `<td>${cell}</td>`).join("")}`;
    return row;
}

/* A number from 0 up, readable whatever its size. */
function textOfPower(value) {
    return value < 0.001 ? value.toExponential(2) : value.toFixed(4);
}

/* The scores of some classes, their powers and their probabilities, and the sums over all classes. */
function showSteps(model, digit, shown, k) {
    const table = document.getElementById("steps"), scores = digit?.scores ?? new Float64Array(model.classes);
    const most = Math.max(...scores), powers = scores.map((a) => Math.exp((a - most) / model.temperature));
    const sum = powers.reduce((total, e) => total + e, 0);
    table.replaceChildren();
    for (const i of shown) {
        const cells = digit ? [scores[i].toFixed(3), textOfPower(powers[i]), percent(powers[i] / sum)] : ["", "", ""];
        addRow(table, [i, ...cells]).classList.toggle("chosen", digit !== null && i === k);
    }
    addRow(table, ["Sum", "", digit ? textOfPower(sum) : "", digit ? percent(1) : ""]);
}

/* The Jacobian of softmax, of scores that are divided by the temperature, at the digit's probabilities. */
function showJacobian(model, digit) {
    const n = model.classes, S = digit?.probabilities ?? new Float32Array(n);
    const slope = (i, j) => S[i] * ((i === j) - S[j]) / model.temperature;
    const values = Float32Array.from({length: n * n}, (_, at) => slope(Math.trunc(at / n), at % n));
    const range = rangeOf(values);
    paint(document.getElementById("jacobian"), n, n, (i) => divergingColour(values[i] / range));
    document.querySelector(".scaled").textContent = (model.temperature === 1 ? "" : " / T") +
        (digit ? `; full colour is ${textOfPower(range)}` : "");
}

/* Writes the formula for a model's features and temperature. */
function showFormula({features, temperature}) {
    const power = (name) => temperature === 1 ? `exp(${name} &minus; m)` : `exp((${name} &minus; m) / T)`;
    document.getElementById("inputs").textContent = features === "pixels" ? "pixel" : "feature";
    document.getElementById("temperature").textContent = temperature === 1 ? "" : `/T, with the temperature T = ${temperature}`;
    document.getElementById("formula").innerHTML = `<var>S</var><sub>k</sub> = ${power("<var>a</var><sub>k</sub>")} / ` +
        `&sum;<sub>j</sub> ${power("<var>a</var><sub>j</sub>")}, where m, the largest <var>a</var>, cancels out and keeps exp from overflowing`;
    document.getElementById("power").innerHTML = power("<var>a</var>");
}

/* ---------------------------------------------------------------------------------------------- */
/* Evidence                                                                                        */

/* The evidence for and against class k: slope times pixel, full colour for the strongest. For a model of pixels the slopes are
 * its weights, and the evidence adds up to the score less the bias. */
function showEvidence(model, digit, k, slopes) {
    const evidence = slopes.map((slope, i) => slope * digit.pixels[i] / 255), range = rangeOf(evidence);
    paint(document.getElementById("products"), model.columns, model.rows, (i) => divergingColour(evidence[i] / range));
    const what = model.features === "pixels" ? "Weight × pixel" : "Slope × pixel";
    document.getElementById("sum").textContent = what + (digit.scores ? ` for ${k}: score ${digit.scores[k].toFixed(2)}` : "");
}

/* The left, top, right and bottom of what is not 0 in an image. */
function edgesOf({columns}, pixels) {
    const at = [...pixels.keys()].filter((i) => pixels[i] > 0);
    const x = at.map((i) => i % columns), y = at.map((i) => Math.trunc(i / columns));
    return [Math.min(...x), Math.min(...y), Math.max(...x) + 1, Math.max(...y) + 1];
}

/* Lays the slopes of log S_k over the pad, where the digit is that they belong to: blue where ink would make class k
 * likelier, red where less likely. */
function showGradient(model, digit, slopes) {
    const canvas = document.getElementById("gradient"), range = rangeOf(slopes), side = document.getElementById("pad").width;
    const [left, top, right, bottom] = edgesOf(model, digit.pixels), [x, y, width, height] = digit.box;
    const across = width / (right - left), down = height / (bottom - top);
    const share = (length) => `${100 * length / side}%`;
    paint(canvas, model.columns, model.rows, (i) =>
        [...divergingColour(Math.sign(slopes[i])), Math.round(200 * Math.sqrt(Math.abs(slopes[i]) / range))]);
    Object.assign(canvas.style, {left: share(x - left * across), top: share(y - top * down), width: share(model.columns * across),
        height: share(model.rows * down)});
}

/* ---------------------------------------------------------------------------------------------- */

/* Starts the lesson. Calls onChoice(k) for the class that the reader chooses. Returns a function that shows a digit {pixels,
 * probabilities, scores, box}, or null, with class k marked; the gradient too, if the digit is on the pad; and where there is
 * no digit the text `nothing`. */
function startLesson({call, model}, onChoice) {
    const legend = document.getElementById("answer"), gradient = document.getElementById("gradient");
    const choices = Array.from({length: Math.min(model.classes, MAX_CHOICES)}, () => makeChoice(onChoice));
    const none = {pixels: new Uint8Array(model.rows * model.columns)}, noSlopes = new Float32Array(none.pixels.length);
    document.getElementById("bars").append(...choices);
    showFormula(model);
    return async (digit, k, nothing, hasGradient) => {
        const classes = digit ? classesOf(digit) : [...choices.keys()], likely = classes.slice(0, choices.length);
        const shown = model.classes <= MAX_CHOICES ? [...choices.keys()] : likely;
        const one = Array.from({length: model.classes}, (_, i) => Number(i === k));
        paint(document.getElementById("normalised"), model.columns, model.rows, (i) => Array(3).fill((digit ?? none).pixels[i]));
        choices.forEach((choice, i) =>
            fillChoice(choice, shown[i], digit?.probabilities[shown[i]] ?? 0, digit !== null && shown[i] === k));
        showSteps(model, digit, shown, k);
        showJacobian(model, digit);
        showEvidence(model, digit ?? none, k, digit ? await call("slopes", digit.pixels, one) : noSlopes);
        gradient.hidden = !digit || !hasGradient;
        const ofLogarithm = one.map((share, i) => share - (digit?.probabilities[i] ?? 0));
        if (!gradient.hidden)
            showGradient(model, digit, await call("slopes", digit.pixels, ofLogarithm));
        const text = digit ? `${classes[0]}, ${percent(digit.probabilities[classes[0]])}` : nothing;
        if (legend.textContent !== text)
            legend.textContent = text;
    };
}
