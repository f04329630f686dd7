// A tablet: products to tap, notes to tap (hold takes one back), and no on-screen keyboard unless asked for.

import { part } from "./post.js";

const HOLD_MS = 450;
const SEARCH_MS = 180;

export function startTouch({ screen, act }) {
  const tiles = document.getElementById("tiles");
  const touch = matchMedia("(max-width: 60rem), (pointer: coarse)");
  const finger = matchMedia("(pointer: coarse)");
  const keyboard = document.querySelector("[data-keyboard]");
  let timer;

  const load = async (values) => {
    if (!touch.matches) return;
    try { tiles.innerHTML = await part(tiles.dataset.url, values); } catch { /* the tiles stay; a change says that nobody answers */ }
  };
  const quiet = (on) => {
    keyboard.setAttribute("aria-pressed", String(!on));
    if (on) screen.scan.setAttribute("inputmode", "none"); else screen.scan.removeAttribute("inputmode");
  };

  touch.addEventListener("change", () => load({}));
  load({});
  quiet(finger.matches);
  keyboard.addEventListener("click", () => { quiet(keyboard.getAttribute("aria-pressed") === "true"); screen.scan.blur(); screen.scan.focus(); });
  screen.scan.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => load({ q: screen.scan.value }), SEARCH_MS);
  });
  tiles.addEventListener("click", (event) => {
    const category = event.target.closest("[data-category]");
    if (category) load({ category: category.dataset.category });
    const tile = event.target.closest("[data-add]");
    if (tile) act("add", { code: tile.dataset.add });
  });
  startHolding(act);
}

function startHolding(act) {
  const pad = document.getElementById("part-pad");
  let timer;
  let held = false;
  const stop = () => clearTimeout(timer);
  pad.addEventListener("pointerdown", (event) => {
    const button = event.target.closest("[data-note]");
    held = false;
    if (!button) return;
    timer = setTimeout(() => { held = true; act("note", { value: button.dataset.note, step: -1 }); }, HOLD_MS);
  });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) pad.addEventListener(name, stop);
  pad.addEventListener("contextmenu", (event) => event.preventDefault());
  pad.addEventListener("click", (event) => {
    const button = event.target.closest("[data-note]");
    if (button && !held) act("note", { value: button.dataset.note, step: event.shiftKey ? -1 : 1 });
    held = false;
  });
}
