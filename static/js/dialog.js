// <dialog data-dialog="open"> opens as soon as it is swapped in. [data-dialog-open="id"] opens one that waits on the page.
// Esc, the backdrop and [data-dialog-close] close it; focus returns to what opened it; a swapped-in one is then removed.
const openers = new WeakMap();
const fallback = () => document.querySelector("#main");

export const openDialog = (dialog, opener = document.activeElement) => {
  if (dialog.open) return;
  if (opener && opener !== document.body) openers.set(dialog, { element: opener, id: opener.id });
  dialog.showModal();
  const first = dialog.querySelector("[autofocus], [data-autofocus], .field--bad .input") ?? dialog.querySelector("form .input, form select");
  (first ?? dialog.querySelector(".dialog__title"))?.focus();
};

const openAll = (root) => {
  for (const dialog of root.querySelectorAll('dialog[data-dialog="open"]:not([open])')) {
    if (!dialog.dataset.closed) openDialog(dialog);
  }
};

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) openDialog(document.getElementById(opener.dataset.dialogOpen), opener);
  const closer = event.target.closest("[data-dialog-close]");
  if (closer) closer.closest("dialog")?.close();
});

let pressedOn = null; // a text selection that ends on the backdrop must not close the form
document.addEventListener("pointerdown", (event) => (pressedOn = event.target));
document.addEventListener("click", (event) => {
  if (event.target.matches?.("dialog[data-dialog]") && pressedOn === event.target) event.target.close();
});

document.addEventListener(
  "close",
  (event) => {
    const dialog = event.target;
    if (!dialog.matches?.("dialog[data-dialog]")) return;
    const opener = openers.get(dialog);
    const back = opener?.element.isConnected ? opener.element : opener?.id && document.getElementById(opener.id);
    (back || fallback())?.focus();
    if (dialog.dataset.dialog === "open") dialog.remove();
  },
  true,
);

// The answer says the act is done: HX-Trigger: dialog:close
document.addEventListener("dialog:close", () => {
  for (const dialog of document.querySelectorAll("dialog[data-dialog][open]")) dialog.close();
});
document.addEventListener("htmx:load", (event) => openAll(event.target.parentNode ?? document));
openAll(document);
