// Where a pointer is on the grid, and a shadow of a visit drawn there. Shared by create, drag and pick up.
export const grid = () => document.querySelector("#calendar");
export const columns = () => [...document.querySelectorAll("#calendar [data-column]")];
const sheetOf = (column) => column.querySelector(".column__sheet") ?? column;
const number = (name, otherwise) => Number(grid()?.dataset[name] ?? otherwise);
export const first = () => number("firstMinute", 0);
export const last = () => number("lastMinute", 1440);
export const snap = () => number("snap", 15);

export const columnAt = (x) => {
  const all = columns();
  const boxes = all.map((column) => column.getBoundingClientRect());
  const here = boxes.findIndex((box) => x >= box.left && x < box.right);
  if (here >= 0) return all[here];
  return x < (boxes[0]?.left ?? 0) ? all[0] : all.at(-1);
};

// Minutes after local midnight at a height on the screen, not snapped.
export const minuteAt = (column, y) => {
  const box = sheetOf(column).getBoundingClientRect();
  return first() + ((y - box.top) / box.height) * (last() - first());
};
export const snapped = (minute, how = Math.round) => how(minute / snap()) * snap();
export const within = (start, minutes) => Math.max(first(), Math.min(start, last() - minutes));

const two = (value) => String(value).padStart(2, "0");
export const posted = (minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
export const said = (minute) => {
  if (grid()?.dataset.clock24 === "true") return posted(minute);
  const hour = Math.floor(minute / 60) % 24;
  return `${hour % 12 || 12}:${two(minute % 60)} ${hour < 12 ? "am" : "pm"}`;
};

let shadow = null;
export const draw = (column, start, minutes, words) => {
  shadow ??= Object.assign(document.createElement("div"), { ariaHidden: "true" });
  shadow.className = `ghost at-${Math.floor((start - first()) / 5)} for-${Math.max(1, Math.ceil(minutes / 5))}`;
  shadow.textContent = words;
  if (shadow.parentElement !== sheetOf(column)) sheetOf(column).append(shadow);
};
export const erase = () => {
  shadow?.remove();
  shadow = null;
};

export const begin = (what) => (document.documentElement.dataset.dragging = what);
export const end = () => {
  delete document.documentElement.dataset.dragging;
  erase();
};

export const open = (path, values) => {
  const url = `${path}?${new URLSearchParams(values)}`;
  window.htmx.ajax("GET", url, { source: grid(), target: "#dialog", swap: "innerHTML" });
};

// Near an edge the grid moves along, so a visit can be taken further than the window reaches.
export const scrollAlong = (x, y) => {
  const frame = grid();
  const box = frame.getBoundingClientRect();
  const pull = (at, from, to) => (at < from + 32 ? -14 : at > to - 32 ? 14 : 0);
  frame.scrollBy(pull(x, box.left, box.right), pull(y, box.top, box.bottom));
};

// A finger that rests begins; one that moves scrolls. Mouse and pen begin at once. `go` runs when it is meant.
const LONG_PRESS = 400;
export const whenMeant = (event, go) => {
  if (event.pointerType !== "touch") return go();
  const start = { x: event.clientX, y: event.clientY };
  const stop = () => {
    clearTimeout(timer);
    for (const name of ["pointermove", "pointerup", "pointercancel"]) document.removeEventListener(name, look);
  };
  const look = (move) => {
    if (move.type !== "pointermove" || Math.hypot(move.clientX - start.x, move.clientY - start.y) > 10) stop();
  };
  const timer = setTimeout(() => {
    stop();
    navigator.vibrate?.(10);
    go();
  }, LONG_PRESS);
  for (const name of ["pointermove", "pointerup", "pointercancel"]) document.addEventListener(name, look);
};

const isDragging = () => "dragging" in document.documentElement.dataset;
document.addEventListener("touchmove", (event) => isDragging() && event.preventDefault(), { passive: false });
document.addEventListener("contextmenu", (event) => isDragging() && event.preventDefault());

// One gesture from here to pointerup. move and drop get the pointer event; Esc and a lost pointer call neither.
export const gesture = ({ move, drop, cancel }) => {
  const stop = () => {
    for (const [name, listener, options] of listeners) document.removeEventListener(name, listener, options);
    end();
  };
  const give = () => {
    stop();
    cancel?.();
  };
  const listeners = [
    ["pointermove", move],
    ["pointerup", (event) => (stop(), drop(event))],
    ["pointercancel", give],
    ["keydown", (event) => event.key === "Escape" && (event.preventDefault(), event.stopPropagation(), give()), true],
  ];
  for (const [name, listener, options] of listeners) document.addEventListener(name, listener, options);
};
