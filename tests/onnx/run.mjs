// Runs an exported ONNX file in onnxruntime on images as raw bytes; prints a line for each with class and probabilities.
// Usage: node run.mjs MODEL IMAGES ROWS COLUMNS
import fs from 'node:fs';
import * as ort from 'onnxruntime-web';

const [model, images, rows, columns] = process.argv.slice(2);
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(new Uint8Array(fs.readFileSync(model)), {executionProviders: ['wasm']});
const bytes = new Uint8Array(fs.readFileSync(images));
const atOnce = 100;
for (let first = 0; first < bytes.length; first += atOnce * rows * columns) {
    const some = bytes.subarray(first, first + atOnce * rows * columns);
    const shape = [some.length / (rows * columns), Number(rows), Number(columns)];
    const {probabilities} = await session.run({pixels: new ort.Tensor('uint8', some, shape)});
    const nClasses = probabilities.dims[1];
    for (let i = 0; i < shape[0]; i++) {
        const row = Array.from(probabilities.data.subarray(i * nClasses, (i + 1) * nClasses));
        console.log([row.indexOf(Math.max(...row)), ...row.map((p) => p.toFixed(8))].join(' '));
    }
}
