// A control that carries data-key answers to that key: "n", "/", "Escape", "Control+Enter".
// A key without Ctrl stays silent while somebody types, but for Escape.

const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function name(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return (event.ctrlKey || event.metaKey ? "Control+" : "") + key;
}

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const key = name(event);
    if (!key.startsWith("Control+") && key !== "Escape" && typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const all = [...document.querySelectorAll("[data-key]")].filter((e) => e.dataset.key === key && e.getClientRects().length);
    const wanted = all.find((e) => e.closest("form")?.contains(event.target)) ?? all[0];
    if (!wanted) return;
    event.preventDefault();
    if (wanted.matches("input, select, textarea")) { wanted.focus(); wanted.select?.(); } else wanted.click();
  });
}
