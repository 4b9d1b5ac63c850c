// The rehearsal page: polls rest while the tab is hidden, what is being typed survives a refresh, threads stay at their end.
const atEnd = new WeakMap();
const threads = () => document.querySelectorAll("[data-thread]");
const toEnd = (thread) => (thread.scrollTop = thread.scrollHeight);

// The library stands after this script in the page, so it is told at the first swap.
const keepForms = () => {
  if (window.Idiomorph) window.Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => !old.matches?.("[data-keep]");
};

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", () => {
  keepForms();
  for (const thread of threads()) atEnd.set(thread, thread.scrollHeight - thread.scrollTop - thread.clientHeight < 24);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const thread of threads()) if (atEnd.get(thread) !== false) toEnd(thread);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("[data-said]");
  if (!form || !event.detail.successful) return;
  if (event.detail.requestConfig.triggeringEvent?.submitter?.name === "quick") return; // a chip leaves the draft alone
  for (const field of form.querySelectorAll("[data-clear]")) field.value = "";
});
threads().forEach(toEnd);
