/* The model in the page, and predictions with it. */

/* Floats from base64, least significant byte first. */
function decodeFloats(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), view = new DataView(bytes.buffer);
    return Float32Array.from({length: bytes.length / 4}, (_, i) => view.getFloat32(4 * i, true));
}

/* {classes, rows, columns, temperature, weight [classes, rows * columns], bias [classes]}; null if the page has none. */
function readModel(text) {
    if (!text)
        return null;
    const model = JSON.parse(text);
    return {...model, weight: decodeFloats(model.weight), bias: decodeFloats(model.bias)};
}

/* Weight times pixel, [classes, pixels]: what each pixel adds to the score of each class. */
function weightProducts(model, pixels) {
    return Float64Array.from(model.weight, (w, i) => w * pixels[i % pixels.length] / 255);
}

/* The scores, bias + sum of products. */
function scoresOf(model, products) {
    const n = model.rows * model.columns;
    return Float64Array.from(model.bias, (bias, k) => products.subarray(k * n, (k + 1) * n).reduce((a, b) => a + b, bias));
}

/* softmax(scores / temperature) */
function softmax(scores, temperature) {
    const highest = Math.max(...scores), powers = scores.map((a) => Math.exp((a - highest) / temperature));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
}

/* The prediction for pixels: products, scores, probabilities, and the classes, likeliest first. */
function predict(model, pixels) {
    const products = weightProducts(model, pixels), scores = scoresOf(model, products);
    const probabilities = softmax(scores, model.temperature);
    const classes = Array.from(probabilities.keys()).sort((a, b) => probabilities[b] - probabilities[a] || a - b);
    return {products, scores, probabilities, classes};
}
