// What every page does by itself: the theme switch, keys printed on controls, toasts, the palette.
import { runExport } from "./export.js";
import { startKeys } from "./keys.js";
import { startPalette } from "./palette.js";

const YEAR = 365 * 24 * 3600;
const TOAST_MS = 8000;

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=${YEAR}; samesite=lax`;
}

function watchToasts() {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  const letGo = (toast) => setTimeout(() => toast.matches(":hover, :focus-within") ? letGo(toast) : toast.remove(), TOAST_MS);
  const seen = new WeakSet();
  const look = () => {
    for (const toast of toasts.querySelectorAll(".toast:not(.toast-bad)")) {
      if (!seen.has(toast)) { seen.add(toast); letGo(toast); }
    }
  };
  new MutationObserver(look).observe(toasts, { childList: true, subtree: true });
  look();
}

function say({ text, bad }) {
  const toast = document.getElementById("toast").content.firstElementChild.cloneNode(true);
  toast.classList.add(bad ? "toast-bad" : "toast-good");
  toast.querySelector("span").textContent = text;
  document.getElementById("toasts").append(toast);
}

document.addEventListener("toast", (event) => say(event.detail));

// What is not filled in stays out of the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.closest("[data-prune]")) return;
  const { parameters } = event.detail;
  for (const [name, value] of [...parameters.entries()]) if (value === "") parameters.delete(name);
});

// After an answer in place the focus stays where the work is.
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = event.target.querySelector?.("[aria-invalid=true]") ?? event.target.querySelector?.("[data-focus]");
  wanted?.focus();
});

// The server cannot be reached, or answered nothing that a page could show.
document.addEventListener("htmx:sendError", () => say({ text: document.body.dataset.unreachable, bad: true }));

document.addEventListener("click", (event) => {
  const following = event.target.closest("a[data-follow]");
  if (following) {
    // The list may have been filtered since the page was drawn: what is downloaded is what is shown.
    const query = new URLSearchParams(location.search);
    query.set("format", following.dataset.format);
    following.href = `${following.dataset.follow}?${query}`;
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      runExport(following.href, say);
    }
  }
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  event.target.closest("[data-close]")?.closest(".toast")?.remove();
  if (event.target.closest("[data-print]")) window.print();
});

// A choice that stands for a value of another field writes it there; what is typed there is no choice of the list.
document.addEventListener("change", (event) => {
  const fill = event.target.selectedOptions?.[0]?.dataset.fill;
  const filled = fill && document.getElementById(event.target.dataset.fills);
  if (filled) filled.value = fill;
});
document.addEventListener("input", (event) => {
  const choice = document.getElementById(event.target.dataset?.unfills ?? "");
  if (choice && choice.selectedOptions[0]?.dataset.fill !== event.target.value) choice.value = "";
});

// What was refused comes back as a whole page: go on where it went wrong.
document.querySelector("main [aria-invalid=true]")?.focus();

startKeys();
startPalette();
watchToasts();
