// An import's two long runs: the form is sent, and until its answer comes the bar shows how far the server is.
// Without this file the same forms work, only without a bar.

const ASK_MS = 400;

async function watch(form, bar, running) {
  const phase = bar.querySelector("[data-phase]");
  const done = bar.querySelector("[data-done]");
  const progress = bar.querySelector("progress");
  while (running()) {
    try {
      const answer = await fetch(form.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.ok && running()) {
        const now = await answer.json();
        phase.textContent = now.phase === "checking" ? form.dataset.wordsChecking ?? form.dataset.words : form.dataset.words;
        done.textContent = now.done ? `${now.done.toLocaleString()} ${form.dataset.rows}` : "";
        progress.value = now.percent;
      }
    } catch { /* the form's own answer will say it */ }
    await new Promise((go) => setTimeout(go, ASK_MS));
  }
}

function show(text, address) {
  // A refusal is a whole page: put it up as the browser would.
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.getElementById("main").replaceWith(page.getElementById("main"));
  history.replaceState(null, "", address);
  start();
  document.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
}

async function run(form, button) {
  const bar = form.querySelector("[data-bar]");
  const buttons = form.querySelectorAll("button, a.btn");
  const body = new FormData(form);
  if (button?.name) body.append(button.name, button.value);
  bar.hidden = false;
  form.querySelector("[data-still]")?.setAttribute("hidden", "");
  form.setAttribute("aria-busy", "true");
  for (const each of buttons) each.disabled = true;
  let running = true;
  watch(form, bar, () => running);
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body) });
    running = false;
    if (answer.redirected && answer.ok) location.replace(answer.url);
    else show(await answer.text(), location.pathname);
  } catch {
    running = false;
    for (const each of buttons) each.disabled = false;
    form.removeAttribute("aria-busy");
    bar.querySelector("[data-phase]").textContent = document.body.dataset.unreachable;
  }
}

function start() {
  for (const form of document.querySelectorAll("form[data-run]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!form.hasAttribute("aria-busy")) run(form, event.submitter);
    });
    if ("runNow" in form.dataset) form.requestSubmit();
  }
  const input = document.querySelector("form[data-most] input[type=file]");
  input?.addEventListener("change", () => {
    const form = input.form;
    const large = [...input.files].some((file) => file.size > Number(form.dataset.most));
    input.setCustomValidity(large ? form.dataset.tooLarge : "");
    input.reportValidity();
  });
}

start();
