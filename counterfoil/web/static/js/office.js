// What every page does by itself: the theme switch, keys printed on controls, toasts, the palette.
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

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  event.target.closest("[data-close]")?.closest(".toast")?.remove();
  if (event.target.closest("[data-print]")) window.print();
});

startKeys();
startPalette();
watchToasts();
