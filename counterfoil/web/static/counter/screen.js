// What stands on the screen: swaps in the parts that the server made, marks a line, says what happened. Computes nothing.

const $ = (id) => document.getElementById(id);

export class Screen {
  constructor() {
    this.main = $("main");
    this.scan = $("scan");
    const { draft, keyOfDraft, revision, line, view } = this.main.dataset;
    Object.assign(this, { draft, key: keyOfDraft, revision: Number(revision), line: Number(line) });
    this.show(view);
    this.mark(this.line);
  }

  get view() { return this.main.dataset.view; }
  get rows() { return [...$("part-lines").rows]; }

  // Shown at once, before the server knows: the next key already means what this view says.
  show(view) {
    this.main.dataset.view = view;
    const off = { tender: ["hold", "recall", "tender", "return"], saved: ["hold", "tender", "print"], lines: [] }[view];
    for (const button of this.main.querySelectorAll(".keys [data-act]")) button.disabled = off.includes(button.dataset.act);
    this.scan.placeholder = view === "saved" ? this.scan.dataset.next : (this.usual ??= this.scan.placeholder);
  }

  // `last`: no later change is under way, so the view is the server's; else it is what the last key made it.
  apply(answer, { last = true } = {}) {
    Object.assign(this, { draft: answer.draft, key: answer.key, revision: answer.revision });
    const focused = document.activeElement?.id;
    for (const [name, html] of Object.entries(answer.parts)) $(`part-${name}`).innerHTML = html;
    if (last) this.show(answer.view);
    this.mark(answer.line);
    $("held-count").textContent = answer.held ? `(${answer.held})` : "";
    if (answer.said.title || answer.said.text) this.say(answer.said.title, answer.said.text, Boolean(answer.said.bad));
    if (focused && document.activeElement?.id !== focused) $(focused)?.focus();
  }

  mark(line) {
    const rows = this.rows;
    this.line = rows.length ? Math.max(0, Math.min(line, rows.length - 1)) : -1;
    for (const [index, row] of rows.entries()) row.setAttribute("aria-selected", String(index === this.line));
    const [title, name] = [$("which").firstElementChild, $("which").lastElementChild];
    const row = rows[this.line];
    title.textContent = row ? `${title.dataset.line} ${this.line + 1}` : title.dataset.empty;
    name.textContent = row?.dataset.name ?? "";
    row?.scrollIntoView({ block: "nearest" });
    const head = $("lines").querySelector("thead");
    if (row && this.line === 0) $("lines").scrollTop = 0;
    else if (row && row.offsetTop - $("lines").scrollTop < head.offsetHeight) $("lines").scrollTop = row.offsetTop - head.offsetHeight;
  }

  say(title, text, bad = false) {
    const said = $("said");
    const [name, more] = [document.createElement("b"), document.createElement("span")];
    name.textContent = title;
    more.textContent = text ?? "";
    said.replaceChildren(name, more);
    said.classList.toggle("is-bad", bad);
  }

  // Words of the page's own language.
  words(name) { return $("say").content.querySelector(`[data-say="${name}"]`)?.textContent ?? ""; }

  // The next key or scan needs no mouse: the scan field has the focus, in tender the notes have.
  rest() {
    if (document.querySelector("dialog[open]")) return;
    const active = document.activeElement;
    if (active && active !== document.body && active.closest(".pad, .ways, .stub, .keys, .tools") && active.matches(":focus-visible")) return;
    if (this.view === "tender") $("h-tender").focus({ preventScroll: true });
    else this.scan.focus({ preventScroll: true });
  }
}
