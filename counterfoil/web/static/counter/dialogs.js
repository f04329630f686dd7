// The dialogs lie in the page; a key opens one at once. What a form is refused stands at its field, in the open dialog.

import { part } from "./post.js";
import { Matches } from "./matches.js";

const $ = (id) => document.getElementById(id);

export function startDialogs({ screen, act, lost }) {
  const find = (name) => $(`d-${name}`);

  function open(name) {
    const dialog = find(name);
    if (dialog.open || document.querySelector("dialog[open]")) return dialog;
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
    dialog.querySelector("input[autofocus]")?.select();
    return dialog;
  }

  function clearErrors(form) {
    for (const text of form.querySelectorAll(".error")) text.remove();
    for (const field of form.querySelectorAll("[aria-invalid]")) { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }
  }

  function showErrors(form, errors) {
    clearErrors(form);
    for (const [name, message] of Object.entries(errors)) {
      const field = form.elements[name];
      const text = document.createElement("p");
      text.className = "error";
      text.setAttribute("role", "alert");
      text.textContent = message;
      if (field?.matches?.(".input")) {
        text.id = `${field.id}-error`;
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", text.id);
        field.closest(".field").append(text);
      } else form.querySelector(".dialog-body").append(text);
    }
    open(form.closest("dialog").id.slice(2));
    form.querySelector("[aria-invalid]")?.focus();
  }

  // Closed at once, so that the next key counts; opened again, as it was, where the server refuses.
  async function submit(form) {
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
    clearErrors(form);
    form.closest("dialog").close();
    const answer = await send[form.dataset.form](values, form);
    if (answer?.stop?.errors) showErrors(form, answer.stop.errors);
    else if (answer) form.reset();
  }

  // "281" is this till's of this year. Looked for first: a slip of the finger is said here, and the bill stays in sight.
  async function toReturn(given) {
    const field = $("return-number");
    const first = field.placeholder;
    const number = /^\d{1,6}$/.test(given) ? first.slice(0, -6) + given.padStart(6, "0") : given.toUpperCase();
    const address = `/invoices/${number.split("/").map(encodeURIComponent).join("/")}/return/`;
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (answer.redirected || answer.ok) location.assign(address);
      else return { stop: { errors: { number: field.dataset.wrong } } };
    } catch (error) { lost(error); }
    return null;
  }

  const send = {
    customer: (values, form) => {
      const nothing = !(values.name || values.email || values.phone);
      if (nothing && !("typed" in form.dataset)) return null;  // looked, and left as it was
      return act("set-customer", { ...values, id: values.id ? Number(values.id) : null });
    },
    quantity: (values, form) => (values.text ? act("set-quantity", { ...values, line: Number(form.dataset.line) }) : null),
    discount: (values, form) => act("set-discount", { ...values, line: form.dataset.line === "" ? null : Number(form.dataset.line) }),
    hold: (values) => act("set-hold", values),
    pay: (values, form) => act("pay", { ...values, method: form.dataset.method }),
    return: ({ number }) => (number ? toReturn(number) : null),
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.form) return;
    event.preventDefault();
    submit(event.target);
  });
  document.addEventListener("close", () => screen.rest(), { capture: true });

  const form = find("customer").querySelector("form");
  const buyers = new Matches({
    input: $("c-name"), list: $("buyers"),
    take: ({ id, name, email, phone }) => { Object.assign(form.elements.id, { value: id }); form.elements.name.value = name; form.elements.email.value = email; form.elements.phone.value = phone; form.requestSubmit(); },
  });
  const byEmail = new Matches({ input: $("c-email"), list: $("buyers"), take: () => buyers.take() });
  form.addEventListener("keydown", (event) => {
    if (buyers.key(event)) return;
    if (event.key === "Enter" && buyers.chosen()) { event.preventDefault(); buyers.take(); }
  });
  form.addEventListener("input", (event) => { if (event.target.name !== "id") form.elements.id.value = ""; });

  return {
    open,
    // Who is typed anew with each letter can be put right. One from the master is only named: another name typed over
    // theirs must not keep their e-mail.
    customer() {
      const { id, name, email, phone } = (screen.view !== "saved" && $("who")?.dataset) || {};
      form.reset();
      clearErrors(form);
      byEmail.close();
      buyers.close();
      const typed = !id && (name || email || phone);
      form.toggleAttribute("data-typed", Boolean(typed));
      if (typed) { form.elements.name.value = name; form.elements.email.value = email; form.elements.phone.value = phone; }
      $("customer-now").textContent = id ? [`${$("customer-now").dataset.now} ${name}`, email].filter(Boolean).join(" · ") : "";
      open("customer");
    },
    quantity(line, { name, quantity }) {
      const wanted = find("quantity").querySelector("form");
      wanted.dataset.line = line;
      $("quantity-of").textContent = name;
      clearErrors(wanted);
      $("quantity-text").value = quantity;
      open("quantity");
    },
    discount(line, { name = "", discount }) {
      const wanted = find("discount").querySelector("form");
      wanted.dataset.line = line ?? "";
      $("h-discount").textContent = $("h-discount").dataset[line === null ? "bill" : "line"];
      $("discount-of").textContent = name;
      clearErrors(wanted);
      $("discount-text").value = discount;
      open("discount");
    },
    async recall() {
      open("recall");
      try { $("held").innerHTML = await part($("held").dataset.url, {}); } catch (error) { find("recall").close(); lost(error); return; }
      $("held").querySelector("button")?.focus();
    },
    pay(name) {
      const wanted = find(name).querySelector("form");
      wanted.reset();
      clearErrors(wanted);
      open(name);
      if (name !== "upi") return;
      $("upi").replaceChildren();  // the last bill's code is not this one's
      part($("upi").dataset.url, {}).then((html) => { $("upi").innerHTML = html; }, () => { $("upi").textContent = document.body.dataset.unreachable; });
    },
    unknown({ title, text, unknown, may_add: mayAdd }) {
      $("h-unknown").textContent = title;
      $("p-unknown").textContent = text;
      const link = $("new-product");
      link.hidden = !mayAdd;
      link.href = `${link.dataset.href}?${new URLSearchParams({ barcode: unknown })}`;
      open("unknown");
    },
    close() { document.querySelector("dialog[open]")?.close(); },
  };
}
