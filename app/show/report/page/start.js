/* Starts the scripts of the page. */

startCells(JSON.parse(document.getElementById("images-data").textContent));
const model = readModel(document.getElementById("model-data").textContent);
if (model)
    startPad(model);
