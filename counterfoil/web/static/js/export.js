// An export as it comes: how many rows of all are here, and then the file. It is asked for in frames, each with the
// rows so far and a piece of the file; an empty one ends it. Without this file the same link downloads it as it is.

const FRAMES = "application/vnd.counterfoil.frames";
const HEAD = 8; // bytes: rows so far, length of the piece
const PATIENCE_MS = 300; // what is quicker needs no bar

async function* frames(body) {
  const reader = body.getReader();
  let held = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const more = new Uint8Array(held.length + value.length);
    more.set(held);
    more.set(value, held.length);
    let at = 0;
    for (const view = new DataView(more.buffer); at + HEAD <= more.length;) {
      const length = view.getUint32(at + 4);
      if (at + HEAD + length > more.length) break;
      yield { rows: view.getUint32(at), piece: more.slice(at + HEAD, at + HEAD + length) };
      at += HEAD + length;
    }
    held = more.slice(at);
  }
}

async function fetched(href, signal, show) {
  const answer = await fetch(href, { headers: { Accept: FRAMES }, signal });
  if (!answer.ok || answer.headers.get("Content-Type") !== FRAMES) throw new Error(String(answer.status));
  const [total, pieces] = [Number(answer.headers.get("X-Rows")), []];
  let rows = 0;
  for await (const frame of frames(answer.body)) {
    rows = frame.rows;
    if (!frame.piece.length) {
      const name = answer.headers.get("Content-Disposition").split('"')[1];
      return { rows, name, blob: new Blob(pieces, { type: answer.headers.get("X-Type") }) };
    }
    pieces.push(frame.piece);
    show(rows, total);
  }
  throw new Error("it broke off");
}

function put(name, blob) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export async function runExport(href, say) {
  const dialog = document.getElementById("export");
  const [words, bar] = [dialog.querySelector("[data-done]"), dialog.querySelector("progress")];
  const stop = new AbortController();
  const number = new Intl.NumberFormat(document.documentElement.lang);
  words.textContent = "";
  bar.removeAttribute("value");
  const opening = setTimeout(() => dialog.showModal(), PATIENCE_MS);
  dialog.addEventListener("close", () => stop.abort(), { once: true });
  try {
    const { rows, name, blob } = await fetched(href, stop.signal, (done, total) => {
      words.textContent = dialog.dataset.words.replace("{done}", number.format(done)).replace("{total}", number.format(total));
      bar.max = Math.max(total, 1);
      bar.value = done;
    });
    put(name, blob);
    say({ text: dialog.dataset.finished.replace("{rows}", number.format(rows)).replace("{name}", name) });
  } catch {
    if (!stop.signal.aborted) say({ text: dialog.dataset.failed, bad: true });
  } finally {
    clearTimeout(opening);
    dialog.close();
  }
}
