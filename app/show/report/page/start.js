/* Starts the scripts of the page. */

startCells(JSON.parse(document.getElementById("images-data").textContent));
const starting = document.getElementById("pad") ? startReader() : null; /* without a reader the page has no pad */
if (starting)
    startPad(starting);
