// Pick up, then put down: m lifts the focused visit; arrows change time and provider, Shift with up or down its length;
// Enter, or a click on the place, asks; Esc lets go. Everything is said in a live region.
import { begin, columnAt, columns, draw, end, minuteAt, said, snap, snapped, within } from "./calendar-grid.js";
import { askMove, facts } from "./calendar-drag.js";
import { recall } from "./store.js";

let picked = null; // { from, to, tile }
const region = Object.assign(document.createElement("p"), { className: "visually-hidden", role: "status" });
const keys = Object.assign(document.createElement("span"), { hidden: true });
keys.dataset.keysMore = JSON.stringify([["m", "Pick the visit up"], ["Shift ↑ ↓", "Picked up: shorter, longer"]]);
document.body.append(region, keys);
const tell = (words) => (region.textContent = words);

const place = ({ to }) => `${to.column.dataset.providerName}, ${said(to.start)} to ${said(to.start + to.minutes)}`;
const show = () => {
  const { from, to } = picked;
  draw(to.column, to.start, to.minutes, `${from.name} ${said(to.start)}–${said(to.start + to.minutes)}`);
  to.column.querySelector(".ghost")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  tell(place(picked));
};

const pick = (tile) => {
  const from = facts(tile);
  picked = { from, to: { ...from }, tile };
  begin("pick");
  tile.classList.add("is-lifted");
  show();
  tell(`Picked up ${from.name}. Arrows move it, Enter puts it down, Escape lets it go. ${place(picked)}`);
};

const letGo = (words) => {
  picked.tile.classList.remove("is-lifted");
  picked.tile.focus({ preventScroll: true });
  picked = null;
  end();
  if (words) tell(words);
};

const put = () => {
  const { from, to } = picked;
  const isSame = from.start === to.start && from.minutes === to.minutes && from.column === to.column;
  letGo(isSame ? `${from.name} stays where it was.` : "");
  askMove(from, to);
};

const step = (event) => {
  const { from, to } = picked;
  const by = event.key === "ArrowUp" ? -snap() : snap();
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const all = columns();
    const next = all.indexOf(to.column) + (event.key === "ArrowLeft" ? -1 : 1);
    if (!from.isTwin && all[next]) to.column = all[next];
  } else if (event.shiftKey) to.minutes = Math.max(snap(), to.minutes + by);
  else to.start = within(to.start + by, to.minutes);
  show();
};

document.addEventListener(
  "keydown",
  (event) => {
    if (!picked) return;
    if (event.key.startsWith("Arrow")) step(event);
    else if (event.key === "Enter") put();
    else if (event.key === "Escape") letGo(`${picked.from.name} stays where it was.`);
    else return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
document.addEventListener("keydown", (event) => {
  const tile = event.target.closest?.('#calendar a.tile[data-movable="true"]');
  if (!tile || picked || event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (recall("single-keys") === "off") return;
  event.preventDefault();
  pick(tile);
});
document.addEventListener(
  "click",
  (event) => {
    if (!picked) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.target.closest?.("#calendar")) return letGo(`${picked.from.name} stays where it was.`);
    if (!picked.from.isTwin) picked.to.column = columnAt(event.clientX);
    picked.to.start = within(snapped(minuteAt(picked.to.column, event.clientY), Math.floor), picked.to.minutes);
    put();
  },
  true,
);
