/* Starts the scripts of the page. Without a reader it has no pad. */

const starting = document.getElementById("pad") ? startReader() : null, images = document.getElementById("images-data");
const replaceDrawing = starting ? startPad(starting) : null;
if (images)
    startCells(JSON.parse(images.textContent), replaceDrawing);
