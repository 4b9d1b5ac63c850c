// #calendar asks every three seconds (hx-trigger). Here: when not to, what else to say, and a word for those who listen.
const grid = () => document.querySelector("#calendar");
const isGrid = (element) => element?.id === "calendar";
const isDragging = () => "dragging" in document.documentElement.dataset;
const openVisit = () => new URLSearchParams(window.location.search).get("visit");

const OWN_ACT_MS = 4000;
const TELL_EVERY_MS = 60_000;
let ownActAt = -OWN_ACT_MS;
let toldAt = -TELL_EVERY_MS;
let changes = new Set();
let before = new Map();

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isGrid(event.detail.elt) && (document.hidden || isDragging())) event.preventDefault();
});
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  const isRail = elt.matches?.(".rail__form");
  if (!isGrid(elt) && !isRail) return;
  if (openVisit()) parameters.visit = openVisit(); // the panel may have been opened since the page was made
  if (isRail) leaveOutUsual(elt, event.detail);
});
// A short address: no empty words, and no list of providers where it says everybody, or was made for another place.
const leaveOutUsual = (form, { parameters, triggeringEvent }) => {
  const boxes = [...form.querySelectorAll("[type=checkbox][name=p]")];
  const everybody = boxes.length > 0 && boxes.length <= 12 && boxes.every((box) => box.checked);
  if (everybody || triggeringEvent?.target.id === "rail-location") delete parameters.p;
  if (!parameters.location) delete parameters.location;
};
document.addEventListener("calendar:refresh", () => (ownActAt = performance.now()));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && grid()) window.htmx.trigger(grid(), "calendar:refresh");
});

const stateOf = (root) =>
  new Map([...root.querySelectorAll("[data-visit][id]")].map((tile) => [tile.dataset.visit, `${tile.className} ${tile.textContent}`]));

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isGrid(event.detail.target)) return;
  if (isDragging()) event.detail.shouldSwap = false; // begun while the answer was under way
  before = stateOf(event.detail.target);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!grid() || !(isGrid(event.target) || event.target.contains?.(grid()))) return;
  grid().dispatchEvent(new CustomEvent("calendar:drawn", { bubbles: true }));
  if (isGrid(event.target)) remember(stateOf(grid()));
});

// Others' changes are summed up politely, at most once a minute; one's own act has its toast.
const remember = (after) => {
  const touched = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  before = after;
  if (performance.now() - ownActAt < OWN_ACT_MS) return;
  for (const key of touched) changes.add(key);
};
setInterval(() => {
  const region = document.querySelector("#calendar-news");
  if (!region || !changes.size || performance.now() - toldAt < TELL_EVERY_MS) return;
  region.textContent = changes.size === 1 ? "Somebody changed 1 visit." : `Others changed ${changes.size} visits.`;
  toldAt = performance.now();
  changes = new Set();
}, 2000);
