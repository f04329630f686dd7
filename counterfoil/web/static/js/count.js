// While notes are counted: what they are worth, and (where it may be known) what is off. Whole paise throughout.

const MINUS = "\u2212";
const grouping = new Intl.NumberFormat("en-IN");

function amount(paise) {
  const whole = Math.abs(paise);
  const rest = String(whole % 100).padStart(2, "0");
  return `${paise < 0 ? MINUS : ""}${grouping.format(Math.floor(whole / 100))}.${rest}`;
}

const signed = (count) => (count > 0 ? `+${count}` : count < 0 ? `${MINUS}${-count}` : "0");

function row(tr, compare) {
  const value = Number(tr.dataset.valuePaise);
  const text = tr.querySelector("input").value.trim();
  const known = /^\d{1,7}$/.test(text);
  const count = known ? Number(text) : 0;
  tr.querySelector("[data-worth]").textContent = known && count ? amount(count * value) : "";
  const off = tr.querySelector("[data-off]");
  if (off && compare) {
    const more = count - Number(tr.dataset.held);
    off.textContent = known ? signed(more) : "";
    off.classList.toggle("off", known && more !== 0);
    return [count * value, more * value];
  }
  return [count * value, 0];
}

function count(form) {
  const compare = "compare" in form.dataset;
  let total = 0;
  let off = 0;
  for (const tr of form.querySelectorAll("[data-value-paise]")) {
    const [worth, more] = row(tr, compare);
    total += worth;
    off += more;
  }
  form.querySelector("[data-total]").textContent = amount(total);
  const cell = form.querySelector("[data-total-off]");
  if (cell) cell.textContent = amount(off);
}

// Enter goes to the next note, as on an adding machine; Ctrl+Enter is the button.
function next(form, input) {
  const all = [...form.querySelectorAll("[data-value-paise] input")];
  const to = all[all.indexOf(input) + 1] ?? form.querySelector("button[type=submit]");
  to.focus();
  to.select?.();
}

for (const form of document.querySelectorAll("form[data-count]")) {
  form.addEventListener("input", () => count(form));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches("[data-value-paise] input")) return;
    event.preventDefault();
    next(form, event.target);
  });
  count(form);
  (form.querySelector("[aria-invalid=true]") ?? form.querySelector("[autofocus]"))?.focus();
}
