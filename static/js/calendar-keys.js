// One tab stop for the whole grid; arrows walk the visits of a column and cross to the next, Home and End reach its ends.
const grid = () => document.querySelector("#calendar");
const columns = () => [...grid().querySelectorAll("[data-column]")];
const tilesOf = (column) => [...column.querySelectorAll(".tile")].sort((a, b) => a.dataset.start - b.dataset.start);
const middle = (tile) => Number(tile.dataset.start) + Number(tile.dataset.minutes) / 2;
let last = "";

const keyOf = (tile) => `${tile.closest("[data-column]").dataset.provider} ${tile.dataset.visit}`;

// The stop is where one was last, else the open visit, else what is on now or next, else the first.
const stopAmong = (tiles) => {
  const now = Number(grid().dataset.nowMinute ?? 0);
  return (
    tiles.find((tile) => keyOf(tile) === last) ??
    tiles.find((tile) => tile.matches("[aria-current]")) ??
    tiles.filter((tile) => Number(tile.dataset.start) + Number(tile.dataset.minutes) > now).sort((a, b) => a.dataset.start - b.dataset.start)[0] ??
    tiles[0]
  );
};

const arrange = () => {
  if (!grid()) return;
  const tiles = columns().flatMap(tilesOf);
  const stop = stopAmong(tiles);
  for (const tile of tiles) tile.tabIndex = tile === stop ? 0 : -1;
};

const nearest = (tiles, from) => tiles.toSorted((a, b) => Math.abs(middle(a) - middle(from)) - Math.abs(middle(b) - middle(from)))[0];

const sideways = (tile, step) => {
  const all = columns();
  for (let n = all.indexOf(tile.closest("[data-column]")) + step; n >= 0 && n < all.length; n += step) {
    const found = nearest(tilesOf(all[n]), tile);
    if (found) return found;
  }
  return null;
};

const goal = (tile, key) => {
  const own = tilesOf(tile.closest("[data-column]"));
  const here = own.indexOf(tile);
  if (key === "ArrowDown") return own[here + 1];
  if (key === "ArrowUp") return own[here - 1];
  if (key === "Home") return own[0];
  if (key === "End") return own.at(-1);
  if (key === "ArrowLeft") return sideways(tile, -1);
  if (key === "ArrowRight") return sideways(tile, 1);
  return undefined;
};

document.addEventListener("keydown", (event) => {
  const tile = event.target.closest?.("#calendar .tile");
  if (!tile || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const next = goal(tile, event.key);
  if (next === undefined && !event.key.startsWith("Arrow")) return;
  event.preventDefault();
  next?.focus();
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
});
document.addEventListener("focusin", (event) => {
  const tile = event.target.closest?.("#calendar .tile");
  if (!tile) return;
  last = keyOf(tile);
  arrange();
});
document.addEventListener("calendar:drawn", arrange);
arrange();
