// Tells a scanner from a hand. A scanner types a code much faster than anybody and ends it with Enter; wherever the
// focus is, such a burst is a scan, and what it typed into a field is taken out again.

const GAP_MS = 80;      // a hand is slower between two keys
const APART_MS = 500;   // what was typed so long before a scan was another thing
const SHORTEST = 4;
const LONG = 8;         // in a field for numbers: a short burst there may be an amount
const CODE = /^[\w\-./$+%*]*\d[\w\-./$+%*]*$/;  // a code has a digit and no space

export class Scanner {
  text = "";
  #at = 0;
  #pause = Infinity;
  #field = null;
  #before = "";

  // Every printable key passes here before anything else sees it.
  hear(event) {
    const field = event.target.matches?.("input, textarea") ? event.target : null;
    const gap = event.timeStamp - this.#at;
    if (gap > GAP_MS || !this.text) {
      this.text = "";
      this.#pause = gap;
      this.#field = field;
      this.#before = field?.value ?? "";
    }
    this.text += event.key;
    this.#at = event.timeStamp;
  }

  forget() { this.text = ""; }

  // Was what came before this Enter a scan?
  ended(event) {
    const soon = event.timeStamp - this.#at <= GAP_MS;
    const shortest = this.#field?.hasAttribute("data-number") ? LONG : SHORTEST;
    return soon && this.text.length >= shortest && CODE.test(this.text);
  }

  // The code; its field gets back what stood there before.
  take() {
    const { text } = this;
    if (this.#field && this.#field.value !== this.#before) {
      this.#field.value = this.#before;
      this.#field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.text = "";
    return text;
  }

  // In the scan field: only the burst, with the `3*` that was typed before it.
  takeAfter(value) {
    const typed = value.slice(0, value.length - this.text.length);
    const one = this.#pause < APART_MS || !value.endsWith(this.text) || !typed;  // typed in one go, with a hiccup
    if (one) return { code: value, left: "" };
    if (/^\d+(\.\d+)?\*$/.test(typed.trim())) return { code: value, left: "" };
    return { code: this.text, left: typed };
  }
}
