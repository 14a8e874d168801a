/* The page's side of the reader, which runs on a thread of its own (worker.js). */

/* Starts the thread. Returns a function that calls one of the functions in worker.js by its name and promises what it
 * returns. Calls are answered in their order. */
function startWorker(script) {
    const worker = new Worker(URL.createObjectURL(new Blob([script], {type: "text/javascript"}))), open = new Map();
    let nCalls = 0;
    worker.onmessage = ({data: {id, result, error}}) => {
        const {resolve, reject} = open.get(id);
        open.delete(id);
        if (error === undefined)
            resolve(result);
        else
            reject(new Error(error));
    };
    return (name, ...values) => new Promise((resolve, reject) => {
        open.set(++nCalls, {resolve, reject});
        worker.postMessage({id: nCalls, name, values});
    });
}

/* Starts the reader with the module and the model in the page. Promises {call, model}: the function above, and what
 * worker.js says of the model. */
async function startReader() {
    const textOf = (id) => document.getElementById(id).textContent;
    if (typeof WebAssembly !== "object")
        throw new Error("this browser has no WebAssembly, or has turned it off");
    const call = startWorker(textOf("worker-script"));
    return {call, model: await call("start", textOf("module-data"), textOf("model-data"))};
}
