/* A picture of one's own: chosen, dropped, pasted or photographed, and all digits in it with their boxes. */

const MAX_MEGAPIXELS = 50, MAX_SHOWN = 1600;

/* The canvas as pixels of red, green, blue and alpha. */
function pictureOf(canvas) {
    const {width, height, data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return {width, height, data};
}

/* A file as an image that can be drawn. */
async function openImage(file) {
    const image = new Image(), address = URL.createObjectURL(file);
    const loading = new Promise((resolve, reject) => Object.assign(image, {onload: resolve, onerror: reject, src: address}));
    const succeeds = (promise) => promise.then(() => true, () => false), isLoaded = await succeeds(loading);
    const millions = Math.round(image.naturalWidth * image.naturalHeight / 1e6), isSmall = millions <= MAX_MEGAPIXELS;
    const isDecoded = isLoaded && (!isSmall || await succeeds(image.decode()));
    URL.revokeObjectURL(address);
    if (!isDecoded)
        throw new Error(`${file.name || "The file"} is not a picture that this browser can decode`);
    if (!isSmall)
        throw new Error(`The picture has ${millions} million pixels; the page reads up to ${MAX_MEGAPIXELS} million`);
    return image;
}

/* Draws an image or a canvas on a canvas, reduced by a scale. */
function drawImage(canvas, image, scale) {
    const width = image.naturalWidth ?? image.width, height = image.naturalHeight ?? image.height;
    canvas.width = Math.max(Math.round(width * scale), 1);
    canvas.height = Math.max(Math.round(height * scale), 1);
    canvas.getContext("2d", {willReadFrequently: true}).drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
}

/* Writes what a digit was read as onto its box. */
function labelBox(box) {
    const [k] = classesOf(box.digit);
    box.innerHTML = `<span>${k}</span>`;
    box.setAttribute("aria-label", `${k}, ${percent(box.digit.probabilities[k])}`);
}

/* The box of a digit, as a button over a picture of a size. */
function makeBox({width, height}, digit, onChoice) {
    const box = document.createElement("button"), [left, top, across, down] = digit.box;
    Object.assign(box, {digit, type: "button", className: "box"});
    labelBox(box);
    Object.assign(box.style, {left: `${100 * left / width}%`, top: `${100 * top / height}%`,
        width: `${100 * across / width}%`, height: `${100 * down / height}%`});
    box.addEventListener("click", () => {
        for (const other of box.parentNode.querySelectorAll(".box"))
            other.setAttribute("aria-pressed", String(other === box));
        onChoice(digit);
    });
    return box;
}

/* The digits as text, line by line. */
function textOf(digits) {
    const lines = [], n = digits.length;
    for (const digit of digits)
        lines[digit.line] = [...(lines[digit.line] ?? []), classesOf(digit)[0]];
    return n === 0 ? "There is no digit in the picture." : `${n} ${n === 1 ? "digit" : "digits"}: ` +
        `${lines.map((line) => line.join(" ")).join(" / ")}. Choose one to see why, or to correct and keep it.`;
}

/* Reads an image or a canvas, and shows it in the place of the pad; calls onChoice(digit) for a box that is chosen. Returns a
 * sentence about it. */
async function showPhoto({call}, image, onChoice) {
    const place = document.getElementById("photo"), view = place.querySelector("canvas");
    const picture = pictureOf(drawImage(document.createElement("canvas"), image, 1));
    const {digits} = await call("read", picture, true);
    drawImage(view, image, Math.min(MAX_SHOWN / Math.max(picture.width, picture.height), 1));
    place.replaceChildren(view, ...digits.map((digit) => makeBox(picture, digit, onChoice)));
    document.querySelector(".pad").classList.add("reading");
    place.querySelector(".box")?.click();
    return textOf(digits);
}

/* Classifies the digits of the picture again, when the model has changed. */
async function renewPhoto({call}) {
    const boxes = [...document.querySelectorAll("#photo .box")];
    const answers = boxes.length > 0 ? await call("classify", boxes.map(({digit}) => digit)) : [];
    boxes.forEach((box, i) => {
        Object.assign(box.digit, answers[i]);
        labelBox(box);
    });
}

/* Listens for pictures; open(promise) is called with the image of each. */
function listenForPhotos(open) {
    for (const id of ["file", "camera"]) {
        document.getElementById(id).addEventListener("change", ({target}) => {
            if (target.files.length > 0)
                open(openImage(target.files[0]));
            target.value = "";
        });
    }
    document.addEventListener("dragover", (event) => event.preventDefault());
    for (const [name, key] of [["drop", "dataTransfer"], ["paste", "clipboardData"]]) {
        document.addEventListener(name, (event) => {
            const [file] = event[key]?.files ?? [];
            if (name === "drop" || file)
                event.preventDefault();
            if (file)
                open(openImage(file));
        });
    }
}
