/* Training again, with the digits that the reader has kept. */

/* What the minimiser did, in a sentence. */
function textOfTraining({iterations, value, gap}, seconds) {
    const done = `${iterations} iterations of L-BFGS in ${seconds.toFixed(2)} s`;
    return `${done}: the sum is ${value.toPrecision(4)}, at most ${gap.toExponential(1)} above its minimum.`;
}

/* Starts the buttons for training; `kept` is what startKept returns, and onTrained is called when the model has changed. */
function startTraining({call}, kept, onTrained) {
    const said = document.getElementById("trained"), changed = document.querySelectorAll("#restore, #save-model");
    const ownOf = (answers) => answers.map(({probabilities}, i) => probabilities[kept.digits[i].label]);
    const finish = (text, isChanged) => {
        said.textContent = text;
        changed.forEach((button) => { button.disabled = !isChanged; });
        return onTrained();
    };
    const actions = {
        train: async () => {
            const digits = kept.digits.map(({pixels, label}) => ({pixels, label}));
            await call("restore");
            const before = ownOf(await call("classify", digits)), start = performance.now(), info = await call("adapt", digits);
            const seconds = (performance.now() - start) / 1000, after = ownOf(await call("classify", digits));
            before.forEach((share, i) => kept.note(i, `${percent(share)}, now ${percent(after[i])}`));
            await finish(textOfTraining(info, seconds), true);
        },
        restore: async () => {
            await call("restore");
            kept.digits.forEach((_, i) => kept.note(i, ""));
            await finish("The model is that of the file again.", false);
        },
        "save-model": async () => saveFile(new Blob([await call("file")]), "model.safetensors"),
    };
    for (const [id, action] of Object.entries(actions))
        document.getElementById(id).addEventListener("click", () =>
            action().catch(({message}) => { said.textContent = `${message}.`; }));
}
