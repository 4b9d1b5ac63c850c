// Toasts arrive in #toasts (out of band), are read out once and never take focus. They leave by themselves only after
// data-until-seconds (the undo window) or, with nothing to undo, after ten seconds; pointing at or focusing one waits.
const PLAIN_SECONDS = 10;
const AT_MOST = 4;
const clocks = new WeakMap();

const leave = (toast) => {
  if (toast.contains(document.activeElement)) document.querySelector("#main")?.focus({ preventScroll: true });
  toast.remove();
};

const run = (toast) => {
  const clock = clocks.get(toast);
  clock.since = performance.now();
  clock.timer = setTimeout(() => leave(toast), clock.left);
};

const pause = (toast) => {
  const clock = clocks.get(toast);
  if (!clock?.timer) return;
  clearTimeout(clock.timer);
  clock.timer = null;
  clock.left = Math.max(2000, clock.left - (performance.now() - clock.since));
};

const start = (toast) => {
  if (clocks.has(toast)) return;
  const stays = toast.matches(".toast--error") && !toast.dataset.untilSeconds;
  if (stays) return clocks.set(toast, {});
  clocks.set(toast, { left: 1000 * Number(toast.dataset.untilSeconds ?? PLAIN_SECONDS) });
  run(toast);
};

const startAll = () => {
  const all = [...document.querySelectorAll("#toasts [data-toast]")];
  all.slice(0, -AT_MOST).forEach(leave);
  all.slice(-AT_MOST).forEach(start);
};

const held = (event) => event.target.closest?.("[data-toast]");
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => held(event) && pause(held(event)));
for (const name of ["pointerout", "focusout"]) {
  document.addEventListener(name, (event) => {
    const toast = held(event);
    if (!toast || toast.contains(event.relatedTarget) || toast.matches(":hover, :focus-within")) return;
    const clock = clocks.get(toast);
    if (clock?.left && !clock.timer) run(toast);
  });
}
document.addEventListener("click", (event) => {
  const toast = held(event);
  if (toast && event.target.closest("[data-toast-close]")) leave(toast);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const toast = event.detail.elt?.closest?.("[data-toast]");
  if (toast && event.detail.successful) leave(toast);
});
const region = document.querySelector("#toasts");
if (region) new MutationObserver(startAll).observe(region, { childList: true });
startAll();
