// Lists to choose from with the arrows: products under the scan field, customers in their dialog.

import { part } from "./post.js";

const WAIT_MS = 130;

export class Matches {
  text = "";
  #timer;
  #asked = 0;

  // `take` gets the chosen option's data; `first`: one is marked before any arrow is pressed.
  constructor({ input, list, take, first = false, query = (value) => value }) {
    Object.assign(this, { input, list, take: () => this.#take(take), first, query });
    input.addEventListener("input", () => this.#later());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) { this.#mark(option); this.take(); }
    });
  }

  get options() { return [...this.list.querySelectorAll("[role=option]")]; }
  get open() { return !this.list.hidden && this.options.length > 0; }
  chosen() { return this.open ? this.list.querySelector("[aria-selected=true]") : null; }

  #later() {
    clearTimeout(this.#timer);
    const { value } = this.input;
    if (this.query(value).trim().length < 2) { this.close(); return; }
    this.#timer = setTimeout(() => this.#ask(value), WAIT_MS);
  }

  async #ask(value) {
    const asked = (this.#asked += 1);
    let html = "";
    try { html = await part(this.list.dataset.url, { q: this.query(value) }); } catch { return; }
    if (asked === this.#asked && this.input.value === value) this.fill(html, value);
  }

  fill(html, text, first = this.first) {
    this.list.innerHTML = html;
    this.text = text;
    this.list.hidden = !this.options.length;
    this.input.setAttribute("aria-expanded", String(this.open));
    this.#mark(first ? this.options[0] : null);
  }

  close() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #mark(option) {
    for (const each of this.options) each.setAttribute("aria-selected", String(each === option));
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  #take(take) {
    const option = this.chosen();
    if (!option) return;
    take({ ...option.dataset });
    this.close();
  }

  // Arrows, while the list is open; answers whether the key was for it.
  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!this.open || !step) return false;
    event.preventDefault();
    const all = this.options;
    const at = all.indexOf(this.chosen());
    this.#mark(all[(at + step + (at < 0 && step < 0 ? 1 : 0) + all.length) % all.length]);
    return true;
  }
}
