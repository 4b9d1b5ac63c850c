// A visit is carried to another time or column, or its lower edge drawn; on drop a small dialog asks. Esc lets go.
import { begin, columnAt, draw, end, gesture, grid, minuteAt, open, posted, said, scrollAlong, snap, snapped, whenMeant, within } from "./calendar-grid.js";

const MEANT = 5; // pixels before a press becomes a drag
const EDGE = 8; // pixels at the lower edge that resize

export const movePath = (visit) => `/visits/${visit}/move/`;
export const facts = (tile) => ({
  visit: tile.dataset.visit,
  start: Number(tile.dataset.start),
  minutes: Number(tile.dataset.minutes),
  column: tile.closest("[data-column]"),
  isTwin: "twin" in tile.dataset,
  name: tile.dataset.name,
});

export const askMove = (from, to) => {
  if (to.start === from.start && to.minutes === from.minutes && to.column === from.column) return;
  const values = { on: grid().dataset.on, at: posted(to.start), minutes: to.minutes };
  if (to.column !== from.column && !from.isTwin) values.provider = to.column.dataset.provider;
  open(movePath(from.visit), values);
};

const swallowClick = () => {
  const stop = (event) => (event.preventDefault(), event.stopPropagation());
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 50);
};

const resized = (from, event) => ({ ...from, minutes: Math.max(snap(), snapped(minuteAt(from.column, event.clientY)) - from.start) });
const carried = (from, event, held) => {
  const column = from.isTwin ? from.column : columnAt(event.clientX);
  return { ...from, column, start: within(snapped(minuteAt(column, event.clientY) - held), from.minutes) };
};

const start = (event, tile) => {
  const from = facts(tile);
  const isResize = event.pointerType !== "touch" && tile.getBoundingClientRect().bottom - event.clientY < EDGE;
  const held = minuteAt(from.column, event.clientY) - from.start;
  let to = event.pointerType === "touch" ? from : null;
  const show = () => draw(to.column, to.start, to.minutes, `${from.name} ${said(to.start)}–${said(to.start + to.minutes)}`);
  const lift = () => {
    begin(isResize ? "resize" : "move");
    tile.classList.add("is-lifted");
  };
  const drop = () => tile.classList.remove("is-lifted");
  if (to) (lift(), show());
  gesture({
    move: (at) => {
      if (!to && Math.hypot(at.clientX - event.clientX, at.clientY - event.clientY) < MEANT) return;
      if (!to) lift();
      to = isResize ? resized(from, at) : carried(from, at, held);
      scrollAlong(at.clientX, at.clientY);
      show();
    },
    drop: () => {
      drop();
      if (!to) return;
      swallowClick();
      tile.focus({ preventScroll: true });
      askMove(from, to);
    },
    cancel: () => (drop(), to && swallowClick()),
  });
};

document.addEventListener("pointerdown", (event) => {
  const tile = event.target.closest?.('#calendar a.tile[data-movable="true"]');
  if (!tile || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (document.documentElement.dataset.dragging) return;
  whenMeant(event, () => start(event, tile));
});
document.addEventListener("dragstart", (event) => event.target.closest?.("#calendar a.tile") && event.preventDefault());
window.addEventListener("blur", end);
