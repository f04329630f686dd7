// Ctrl+K: go to any page, product, customer or invoice. The server finds; this file opens, moves and goes.

export function startPalette() {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const input = palette.querySelector("#palette-input");
  const found = palette.querySelector("#palette-found");
  let shown = null; // the text that the list answers
  let going = false; // Enter came before its list
  const options = () => [...found.querySelectorAll("[role=option]")];

  function open() {
    if (palette.open) return;
    palette.showModal();
    going = false;
    input.select();
    input.dispatchEvent(new Event("palette-open"));
  }

  function select(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const all = options();
    if (!all.length) return;
    const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    select(all[(at + step + all.length) % all.length]);
  }

  const go = (option) => { if (option?.dataset.href) location.assign(option.dataset.href); };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-find]")) open();
    if (event.target === palette) palette.close();
  });
  found.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  found.addEventListener("htmx:afterSettle", ({ detail }) => {
    shown = detail.requestConfig.parameters.q;
    select(options()[0]);
    if (going && shown === input.value) go(options()[0]);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
    if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
    if (event.key === "Enter") {
      event.preventDefault();
      if (shown === input.value) go(options().find((each) => each.getAttribute("aria-selected") === "true"));
      else going = true; // whoever types a number and Enter at once must not land on the list of before
    }
  });
}
