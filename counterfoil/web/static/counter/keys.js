// The keyboard of the counter. Scans go first, then the keys that each view prints on its buttons.

import { Scanner } from "./scanner.js";

const FLUSH_MS = 60;  // so long a digit waits in tender: it may be a scanner's first
const NOTES = { 1: "500", 2: "200", 3: "100", 4: "50", 5: "20", 6: "10", 7: "5", 8: "2", 9: "1" };
const WAYS = { a: "amount", e: "exact", c: "card", u: "upi" };
const FUNCTION = { F1: "keys", F2: "product", F3: "bill-discount", F4: "customer", F6: "hold", F7: "recall", F8: "tender", F9: "return", F10: "print" };
const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select");

export function startKeyboard({ screen, act, scanned, matches }) {
  const scanner = new Scanner();
  const { scan } = screen;
  let held = [];
  let timer;

  function flush() {
    clearTimeout(timer);
    const keys = held;
    held = [];
    if (!keys.length) return;
    if (keys.every((key) => tenderKey(key, false))) keys.forEach((key) => tenderKey(key, true));
    else { scan.focus(); scan.value += keys.map((key) => key.key).join(""); scan.dispatchEvent(new Event("input")); }
  }

  // One key, one note; answers whether it is one of tender's own.
  function tenderKey({ key, code, shift }, doIt) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] ?? (/^[1-9]$/.test(key) ? key : undefined);
    if (digit) { if (doIt) act("note", { value: NOTES[digit], step: shift ? -1 : 1 }); return true; }
    const way = WAYS[key.toLowerCase()];
    if (way && doIt) act(way);
    return Boolean(way);
  }

  function inTender(event) {
    held.push({ key: event.key, code: event.code, shift: event.shiftKey });
    clearTimeout(timer);
    timer = setTimeout(flush, FLUSH_MS);
    event.preventDefault();
  }

  function enter(event) {
    const burst = scanner.ended(event);
    if (event.target === scan) {
      event.preventDefault();
      const { code, left } = burst ? scanner.takeAfter(scan.value) : { code: scan.value, left: "" };
      scanner.forget();
      if (!left && matches.chosen() && matches.text === scan.value) { matches.take(); return; }
      if (/\*\s*$/.test(code)) return;  // `3*` waits for its scan
      scan.value = left;
      matches.close();
      if (code.trim()) scanned(code.trim());
    } else if (burst) {
      event.preventDefault();
      event.stopImmediatePropagation();
      clearTimeout(timer);
      held = [];
      scanned(scanner.take());
    } else flush();
  }

  // In the lines, where no word has been begun.
  function lineKey(event) {
    const name = { "+": "more", "-": "less", "−": "less", "*": "quantity", "%": "discount", Delete: "remove", ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!name || (screen.view !== "lines")) return false;
    if (event.key.length === 1 && scanner.text.length > 1) return false;  // in the middle of a scan
    event.preventDefault();
    scanner.forget();
    act(name);
    return true;
  }

  function printable(event) {
    scanner.hear(event);
    const field = typing(event.target);
    if (document.querySelector("dialog[open]")) return;
    if (field && (event.target !== scan || scan.value)) return;
    if (screen.view === "tender" && !field) { inTender(event); return; }
    if (lineKey(event)) return;
    if (!field && event.key !== " ") scan.focus();  // the letter itself lands there
  }

  function named(event) {
    const open = document.querySelector("dialog[open]");
    const empty = event.target !== scan || !scan.value;
    if (open || (typing(event.target) && event.target !== scan)) return;
    if (event.key in FUNCTION) { event.preventDefault(); flush(); act(FUNCTION[event.key]); return; }
    if (matches.key(event)) return;
    if (event.key === "Escape") { event.preventDefault(); flush(); act(scan.value || matches.open ? "wipe" : "lines"); return; }
    if (empty) lineKey(event);
  }

  function withControl(event) {
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "enter") { event.preventDefault(); flush(); act("save"); }
    if (key === "z" && !event.shiftKey && !(typing(event.target) && event.target.value)) { event.preventDefault(); act("undo"); }
    if (key === "delete" && screen.view === "lines") { event.preventDefault(); act("clear"); }
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    if (event.ctrlKey || event.metaKey) { withControl(event); return; }
    if (event.key === "Enter") { enter(event); return; }
    if (event.key.length === 1) { printable(event); return; }
    if (document.querySelector("dialog[open]") && event.key in FUNCTION) { event.preventDefault(); return; }
    if (event.key !== "Shift") named(event);
  }, { capture: true });
}
