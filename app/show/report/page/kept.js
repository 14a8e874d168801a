/* The digits that the reader keeps, each with its class. */

function saveFile(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
}

function pngOf(canvas) {
    return new Promise((resolve) => canvas.toBlob(resolve));
}

/* A picture of a digit, which removes it. */
function makeKept({rows, columns}, {pixels, label}, onRemove) {
    const names = ["figure", "button", "canvas", "figcaption"];
    const [figure, tile, canvas, caption] = names.map((name) => document.createElement(name));
    canvas.className = "ink";
    paint(canvas, columns, rows, (i) => Array(3).fill(pixels[i]));
    tile.type = "button";
    tile.className = "shot";
    tile.setAttribute("aria-label", `Remove the ${label}`);
    tile.append(canvas);
    tile.addEventListener("click", () => {
        figure.remove();
        onRemove();
    });
    caption.innerHTML = `<b>${label}</b> <span></span>`;
    figure.append(tile, caption);
    return figure;
}

/* Returns {keep(pixels, label), digits, note(i, text)}: digits are all that are kept, {pixels, label, figure}, and note writes a
 * text below one of them. */
function startKept(model) {
    const place = document.getElementById("kept"), shots = place.querySelector(".shots"), digits = [];
    const keep = (pixels, label) => {
        const digit = {pixels, label};
        digit.figure = makeKept(model, digit, () => {
            digits.splice(digits.indexOf(digit), 1);
            place.hidden = digits.length === 0;
        });
        digits.push(digit);
        shots.append(digit.figure);
        place.hidden = false;
    };
    document.getElementById("zip").addEventListener("click", async () => {
        const files = await Promise.all(digits.map(async ({label, figure}, i) =>
            [`${label}/${i + 1}.png`, new Uint8Array(await (await pngOf(figure.querySelector("canvas"))).arrayBuffer())]));
        saveFile(zipOf(files), "digits.zip");
    });
    return {keep, digits, note: (i, text) => { digits[i].figure.querySelector("span").textContent = text; }};
}
