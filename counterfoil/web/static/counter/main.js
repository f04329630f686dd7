// The counter: joins keyboard, dialogs, touch and the queue of changes. The server prices, plans change and decides.

import { beep } from "./beep.js";
import { startDialogs } from "./dialogs.js";
import { startKeyboard } from "./keys.js";
import { Matches } from "./matches.js";
import { Post, SignedOut } from "./post.js";
import { printReceipt } from "./printing.js";
import { Screen } from "./screen.js";
import { startTouch } from "./touch.js";

const screen = new Screen();
const { main, scan } = screen;
const { do: DO, save: SAVE, csrf } = main.dataset;
const trouble = () => screen.say(screen.words("retry"), screen.words("retry-text"), true);
const post = new Post({ csrf, onTrouble: trouble });
const SCANS = new Set(["scan", "add"]);
let saving = false;

function lost(error) {
  beep();
  if (error instanceof TypeError) { screen.say("", document.body.dataset.unreachable, true); return; }
  const out = error instanceof SignedOut;
  screen.say(screen.words(out ? "out" : "failed"), "", true);
  const again = document.createElement("a");
  again.href = main.ownerDocument.location.pathname;
  again.textContent = screen.words(out ? "out-text" : "failed-text");
  document.getElementById("said").lastElementChild.append(again);
}

async function change(name, values = {}) {
  if (screen.view === "saved" && name !== "view") screen.show("lines");  // the slip goes with the first key of the next bill
  const token = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  try {
    const answer = await post.send(DO, () => ({ line: screen.line, marked: screen.line, ...values, do: name, token, draft: screen.draft, revision: screen.revision }));
    screen.apply(answer, { last: !post.waiting });
    if (SCANS.has(name) && answer.stop.code) beep();  // whoever scans does not look
    asked(answer.stop);
    screen.rest();
    return answer;
  } catch (error) { lost(error); return null; }
}

// What the server wants answered before it goes on.
function asked(stop) {
  if (stop.html !== undefined) {
    scan.focus();
    if (!scan.value) scan.value = stop.times === "1" ? stop.text : `${stop.times}*${stop.text}`;
    matches.fill(stop.html, scan.value, true);
  }
  if (stop.unknown) { beep(); dialogs.unknown(stop); }
}

function scanned(text) {
  if (document.getElementById("d-unknown").open) { beep(); return; }
  change("scan", { text });
}

async function save({ print = false } = {}) {
  if (saving) { screen.say(screen.words("saving"), screen.words("saving-text")); return; }
  if (screen.view === "saved") return;
  if (screen.view !== "tender" && screen.rows.length) {
    act("tender");
    screen.say(screen.words("tender-first"), screen.words("tender-first-text"));
    return;
  }
  saving = true;
  main.setAttribute("aria-busy", "true");
  screen.say(screen.words("saving"), "");
  try {
    const answer = await post.send(SAVE, () => ({ draft: screen.draft, key: screen.key, revision: screen.revision }));
    screen.apply(answer);
    if (answer.stop.code === "change-unavailable") dialogs.open("nochange");
    else if (answer.stop.errors) beep();
    screen.rest();
    if (answer.saved && print) await print_(answer.saved);
  } catch (error) { lost(error); } finally { saving = false; main.removeAttribute("aria-busy"); }
}

async function print_(number) {
  const done = await printReceipt(number);
  const line = document.getElementById("printed");
  if (done && line) line.hidden = false;
  else if (!done) screen.say(screen.words("failed"), number, true);
}

// Is there a bill to do it with? A key that has nothing to do says so.
function begun() {
  if (screen.rows.length || post.waiting) return true;
  screen.say(screen.words("empty"), screen.words("empty-text"));
  return false;
}

const marked = () => screen.rows[screen.line]?.dataset ?? {};
const doing = {
  keys: () => dialogs.open("keys"),
  product: () => { scan.focus(); scan.select(); },
  find: () => { const word = document.getElementById("h-unknown"); dialogs.close(); scan.focus(); scan.value = ""; return word; },
  customer: () => dialogs.customer(),
  "walk-in": () => { dialogs.close(); change("customer", { name: "", email: "", phone: "", id: null }); },
  "set-customer": (values) => change("customer", values),
  "set-hold": (values) => change("hold", values),
  "set-quantity": (values) => change("quantity", values),
  "set-discount": (values) => change("discount", values),
  hold: () => { if (screen.view === "lines" && begun()) dialogs.open("hold"); },
  recall: () => { if (screen.view !== "tender") dialogs.recall(); },
  till: () => dialogs.open("till"),
  return: () => { if (screen.view !== "tender") dialogs.open("return"); },
  tender: () => { if (screen.view === "lines" && begun()) { screen.show("tender"); scan.blur(); change("view", { view: "tender" }); } },
  lines: () => { if (screen.view === "tender") { screen.show("lines"); change("view", { view: "lines" }); } },
  save: () => save(),
  print: () => save({ print: true }),
  "print-again": ({ number }) => print_(number),
  up: () => screen.mark(screen.line - 1),
  down: () => screen.mark(screen.line + 1),
  more: () => change("quantity", { step: 1 }),
  less: () => change("quantity", { step: -1 }),
  remove: () => { if (begun()) change("remove"); },
  clear: () => { if (screen.rows.length) change("clear"); },
  undo: () => { if (screen.view === "lines") change("undo"); },
  quantity: () => { if (begun() && screen.line >= 0) dialogs.quantity(screen.line, marked()); },
  discount: () => { if (begun() && screen.line >= 0) dialogs.discount(screen.line, marked()); },
  "bill-discount": () => { if (screen.view === "lines" && begun()) dialogs.discount(null, document.getElementById("bill-discount").dataset); },
  amount: () => dialogs.pay("amount"),
  card: () => dialogs.pay("card"),
  upi: () => dialogs.pay("upi"),
  exact: () => change("pay", { method: "cash" }),
  nochange: () => dialogs.open("nochange"),
  ask: () => { dialogs.close(); change("ask"); },
  waive: () => { dialogs.close(); change("waive"); },
  again: ({ id }) => change("again", { id: Number(id) }),
  close: () => dialogs.close(),
  wipe: () => { scan.value = ""; matches.close(); screen.rest(); },
  note: (values) => change("note", values),
  pay: (values) => change("pay", values),
  add: (values) => change("add", values),
};
const act = (name, values = {}) => doing[name]?.(values);

const dialogs = startDialogs({ screen, act, lost });
const matches = new Matches({
  input: scan, list: document.getElementById("matches"), first: false,
  query: (value) => value.split("*").at(-1),
  take: ({ code }) => { const times = scan.value.includes("*") ? scan.value.split("*")[0] : "1"; scan.value = ""; change("add", { code, times }); },
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-act], [data-unpay], [data-without], [data-recall], [data-discard], #part-lines tr");
  if (!target) return;
  const { act: name, unpay, without, recall, discard, index, ...values } = target.dataset;
  if (name) act(name, values);
  if (unpay) change("unpay", { method: unpay });
  if (without) change("without", { value: without });
  if (recall) { dialogs.close(); change("recall", { id: recall }); }
  if (discard) change("discard", { id: discard }).then(() => { dialogs.close(); dialogs.recall(); });
  if (index) { screen.mark(Number(index)); screen.rest(); }
});
document.getElementById("d-nochange").addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "w" && event.currentTarget.querySelector('[data-act="waive"]')) act("waive");
});
document.getElementById("held").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = [...event.currentTarget.querySelectorAll("[data-recall]")];
  if (step) { event.preventDefault(); all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus(); }
});
document.getElementById("scan-form").addEventListener("submit", (event) => event.preventDefault());

startKeyboard({ screen, act, scanned, matches });
startTouch({ screen, act });
screen.rest();
main.dataset.ready = "true";
