// Prints a receipt out of a hidden frame. With the browser's kiosk printing there is no dialogue in between.

let frame;

export async function printReceipt(number) {
  const answer = await fetch(`/invoices/${number}/pdf?format=receipt`, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return false;
  const address = URL.createObjectURL(await answer.blob());
  frame?.remove();
  frame = document.createElement("iframe");
  frame.className = "print-frame";
  frame.title = number;
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  frame.src = address;
  document.body.append(frame);
  await loaded;
  frame.contentWindow.print();
  return true;
}
