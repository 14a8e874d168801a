/* What is on the page, set going. */

startCells(JSON.parse(document.getElementById("images-data").textContent));
const model = readModel(document.getElementById("model-data").textContent);
if (model)
    startPad(model);
