// A part of a page that asks for itself again. While the shop is not reached it says so, and as of when it is.

const parts = (event) => event.target.closest?.("[data-live]");

function mark(live, stale) {
  for (const word of live.querySelectorAll("[data-stale]")) {
    word.dataset.fresh ??= word.textContent;
    word.textContent = stale ? word.dataset.stale : word.dataset.fresh;
    word.classList.toggle("is-bad", stale);
  }
}

// Before the page's own listener, which would say it once more every two seconds.
document.addEventListener("htmx:sendError", (event) => {
  const live = parts(event);
  if (!live) return;
  event.stopImmediatePropagation();
  mark(live, true);
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  const live = parts(event);
  if (live && event.detail.successful) mark(live, false);
});
