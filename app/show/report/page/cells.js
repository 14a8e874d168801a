/* The cells of the confusion matrix, and the test images in each. */

/* Paints a tile of a sheet in the middle of a canvas, as large as it can be; the sheet is the tile's background. */
async function paintTile(tile, nAcross, context) {
    const sheet = new Image(), {width, height} = context.canvas;
    sheet.src = getComputedStyle(tile).backgroundImage.slice(5, -2);
    await sheet.decode();
    const across = sheet.width / nAcross, down = across * tile.clientHeight / tile.clientWidth;
    const zoom = Math.min(width / across, height / down);
    const [x, y] = ["--x", "--y"].map((name) => Number(tile.style.getPropertyValue(name)));
    context.drawImage(sheet, x * across, y * down, across, down, (width - zoom * across) / 2, (height - zoom * down) / 2,
        zoom * across, zoom * down);
}

/* A figure of a test image; choosing it puts it onto the pad, if there is one. */
function makeShot(across, tile, [index, label, prediction, confidence], replaceDrawing) {
    const shot = document.createElement("figure"), image = document.createElement(replaceDrawing ? "button" : "i");
    const caption = document.createElement("figcaption"), name = `Test image ${index}, a ${label} read as ${prediction}`;
    image.className = "tile";
    image.style.setProperty("--x", tile % across);
    image.style.setProperty("--y", Math.trunc(tile / across));
    image.setAttribute("aria-label", replaceDrawing ? `${name}: put it onto the pad` : name);
    if (replaceDrawing) {
        image.title = "Put it onto the pad";
        image.addEventListener("click", () => {
            replaceDrawing((context) => paintTile(image, across, context));
            document.getElementById("draw").scrollIntoView();
        });
    } else
        image.setAttribute("role", "img");
    caption.innerHTML = `${(confidence / 10).toFixed(1)}&nbsp;% <small>#${index}</small>`;
    shot.append(image, caption);
    return shot;
}

function titleOf(label, prediction, count, nShown) {
    const images = count === 1 ? "1 image" : `${count} images`;
    const what = label === prediction ? `${label} read correctly` : `${label} read as ${prediction}`;
    return `${what}: ${images}${nShown < count ? `, ${nShown || "none"} of them shown` : ""}`;
}

/* Shows the images of a cell. */
function showCell(images, label, prediction, count, replaceDrawing) {
    const place = document.getElementById("cell"), title = document.createElement("h3");
    const shots = document.createElement("div");
    shots.className = "shots";
    images.tiles.forEach((tile, i) => {
        if (tile[1] === label && tile[2] === prediction)
            shots.append(makeShot(images.across, i, tile, replaceDrawing));
    });
    title.textContent = titleOf(label, prediction, count, shots.childElementCount);
    place.replaceChildren(title, shots);
}

/* The cell [row, column] of the most frequent mistake. */
function mostConfused(cellAt, n) {
    let place = [0, 0], most = 0;
    for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
            const count = Number(cellAt(i, j).textContent);
            if (i === j || count <= most)
                continue;
            place = [i, j];
            most = count;
        }
    }
    return place;
}

/* The tab key reaches one cell; the arrow keys move on from there. replaceDrawing is startPad's, or null. */
function startCells(images, replaceDrawing) {
    const matrix = document.getElementById("matrix"), rows = matrix.tBodies[0].rows, n = rows.length;
    const cellAt = (i, j) => rows[i].cells[j + 1], placeOf = (cell) => [cell.parentNode.sectionRowIndex, cell.cellIndex - 1];
    let chosen = null;
    const choose = (i, j) => {
        chosen?.classList.remove("chosen");
        chosen?.setAttribute("tabindex", "-1");
        chosen = cellAt(i, j);
        chosen.setAttribute("tabindex", "0");
        chosen.classList.add("chosen");
        showCell(images, i, j, Number(chosen.textContent), replaceDrawing);
    };
    matrix.setAttribute("role", "grid");
    for (const cell of matrix.querySelectorAll("tbody td")) {
        const [i, j] = placeOf(cell);
        cell.setAttribute("tabindex", "-1");
        cell.setAttribute("aria-label", `${cell.textContent || 0}, ${i} read as ${j}`);
    }
    matrix.addEventListener("focusin", (event) => event.target.matches("td") && choose(...placeOf(event.target)));
    matrix.addEventListener("keydown", (event) => {
        const move = KEY_MOVES[event.key];
        if (!move || !event.target.matches("td"))
            return;
        const [i, j] = placeOf(event.target);
        cellAt(Math.min(Math.max(i + move[1], 0), n - 1), Math.min(Math.max(j + move[0], 0), n - 1)).focus();
        event.preventDefault();
    });
    choose(...mostConfused(cellAt, n));
}
