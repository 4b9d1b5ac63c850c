// After a swap the focus goes somewhere sensible: [data-autofocus] in the new part, else the main region if it was lost.
const settle = (event) => {
  const part = event.detail.elt ?? event.target;
  const wanted = part.matches?.("[data-autofocus]") ? part : part.querySelector?.("[data-autofocus]");
  if (wanted) {
    if (!wanted.matches("a[href], button, input, select, textarea, [tabindex]")) wanted.tabIndex = -1;
    wanted.focus();
    return;
  }
};

let lostFrom = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  lostFrom = target?.contains(document.activeElement) && document.activeElement !== document.body ? target : null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  settle(event);
  if (lostFrom && (!document.activeElement || document.activeElement === document.body)) {
    const place = lostFrom.isConnected ? lostFrom : document.querySelector("#main");
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }
  lostFrom = null;
});

// A page that came back with mistakes starts at their summary.
document.querySelector("main .error-summary[data-autofocus]")?.focus();
