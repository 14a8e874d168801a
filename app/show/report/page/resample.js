/* Images enlarged and reduced, as base/grey_image.c does it. An image is {width, height, values}, values a
 * Float32Array [height, width]; a region {left, top, width, height} is in pixels; its edges may lie within pixels. */
"use strict";

/* The weight of pixel i for a result pixel centred on `centre` that covers `step` source pixels. */
function weight(i, centre, step) {
    const distance = Math.abs(i + 0.5 - centre), narrow = Math.min(step, 1), wide = Math.max(step, 1);
    return Math.min(Math.max((narrow + wide) / 2 - distance, 0), narrow);
}

/* A pixel of a picture, 0 outside. */
function pixel(picture, row, column) {
    if (row < 0 || column < 0 || row >= picture.height || column >= picture.width)
        return 0;
    return picture.values[row * picture.width + column];
}

function sample(picture, y, x, stepY, stepX) {
    const reachY = (Math.max(stepY, 1) + 1) / 2, reachX = (Math.max(stepX, 1) + 1) / 2;
    const firstRow = Math.floor(y - reachY), endRow = Math.ceil(y + reachY);
    const firstColumn = Math.floor(x - reachX), endColumn = Math.ceil(x + reachX);
    let sum = 0, weights = 0;
    for (let row = firstRow; row < endRow; row++) {
        const ofRow = weight(row, y, Math.max(stepY, 1));
        for (let column = firstColumn; ofRow > 0 && column < endColumn; column++) {
            const w = ofRow * weight(column, x, Math.max(stepX, 1));
            sum += w * pixel(picture, row, column);
            weights += w;
        }
    }
    return weights > 0 ? sum / weights : 0;
}

/* Draws a region of a picture into result, which has its width and height already. */
function resample(picture, source, result) {
    const stepX = source.width / result.width, stepY = source.height / result.height;
    for (let row = 0; row < result.height; row++)
        for (let column = 0; column < result.width; column++)
            result.values[row * result.width + column] =
                sample(picture, source.top + (row + 0.5) * stepY, source.left + (column + 0.5) * stepX, stepY, stepX);
}
