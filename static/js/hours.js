// The weekly hours drawn by hand: drag over a day to add, a block to move it, its lower edge to change its end; the same
// by keys. Every act posts the form, which the server draws anew; nothing is stored before Save.
const SNAP = 15;
const LEAST = 15;
const week = () => document.querySelector("[data-week]");
const form = () => document.querySelector("#week-form");
const number = (name) => Number(week().dataset[name]);
const blocks = () => [...document.querySelectorAll("[data-week] [data-block]")];
const daysNow = () => [...document.querySelectorAll("[data-week] [data-day]")];
const two = (value) => String(value).padStart(2, "0");
const posted = (minute) => (minute >= 1440 ? "24:00" : `${two(Math.floor(minute / 60))}:${two(minute % 60)}`);
const span = (block) => [Number(block.dataset.start), Number(block.dataset.end)];

let focusNext = null; // which block the focus belongs to once the week is drawn anew
const send = (values) =>
  window.htmx.ajax("POST", form().action, { source: form(), target: "#week", swap: "morph:outerHTML", values });
// What is said counts over what the form holds: a quick second press waits for the answer to the first.
const put = (block, { day, start, end }) => {
  const name = (column) => `blocks-${block.dataset.block}-${column}`;
  Object.assign(block.dataset, { start, end });
  focusNext = block.id;
  send({ act: "check", [name("weekday")]: day, [name("starts_at")]: posted(start), [name("ends_at")]: posted(end) });
};

// --- one tab stop, arrows inside -------------------------------------------------------------------------------------
const stopAt = (block) => blocks().forEach((other) => (other.tabIndex = other === block ? 0 : -1));
const oneStop = () => {
  const all = blocks();
  const wanted = focusNext && document.getElementById(focusNext);
  stopAt(wanted || all.find((block) => block === document.activeElement || block.getAttribute("aria-pressed") === "true") || all[0]);
  if (wanted) wanted.focus({ preventScroll: false });
  focusNext = null;
};
const beside = (block, step) => {
  const days = daysNow();
  const at = days.indexOf(block.closest("[data-day]"));
  for (let n = at + step; n >= 0 && n < days.length; n += step) {
    const there = [...days[n].querySelectorAll("[data-block]")];
    const away = (other) => Math.abs(span(other)[0] - span(block)[0]);
    if (there.length) return there.sort((a, b) => away(a) - away(b))[0];
  }
};
const inDay = (block, step) => {
  const all = [...block.closest("[data-day]").querySelectorAll("[data-block]")];
  return all[all.indexOf(block) + step];
};
const goes = {
  ArrowDown: (block) => inDay(block, 1),
  ArrowUp: (block) => inDay(block, -1),
  ArrowRight: (block) => beside(block, 1),
  ArrowLeft: (block) => beside(block, -1),
};
const dayOf = (block) => Number(block.closest("[data-day]").dataset.day);
const nextDay = (block, step) => {
  const days = daysNow().map((day) => Number(day.dataset.day));
  return days[Math.min(Math.max(days.indexOf(dayOf(block)) + step, 0), 6)];
};
const moved = (block, key) => {
  const [start, end] = span(block);
  const by = { ArrowUp: -SNAP, ArrowDown: SNAP }[key] ?? 0;
  const held = Math.min(Math.max(start + by, 0), 1440 - (end - start));
  const day = by ? dayOf(block) : nextDay(block, key === "ArrowRight" ? 1 : -1);
  return { day, start: held, end: held + end - start };
};
document.addEventListener("keydown", (event) => {
  const block = event.target.closest?.("[data-block]");
  if (!block || event.ctrlKey || event.metaKey) return;
  if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    return send({ remove: block.dataset.block });
  }
  if (!(event.key in goes)) return;
  event.preventDefault();
  const [start, end] = span(block);
  if (event.altKey) return put(block, moved(block, event.key));
  if (event.shiftKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    const by = event.key === "ArrowUp" ? -SNAP : SNAP;
    return put(block, { day: dayOf(block), start, end: Math.min(Math.max(end + by, start + LEAST), 1440) });
  }
  const next = goes[event.key](block);
  if (!next) return;
  stopAt(next);
  next.focus();
});
document.addEventListener("focusin", (event) => event.target.matches?.("[data-block]") && stopAt(event.target));

// --- mouse and pen (a finger scrolls, and adds with +) ---------------------------------------------------------------
const minuteAt = (sheet, y) => {
  const box = sheet.getBoundingClientRect();
  return number("firstMinute") + ((y - box.top) / box.height) * (number("lastMinute") - number("firstMinute"));
};
const snapped = (minute) => Math.min(Math.max(Math.round(minute / SNAP) * SNAP, number("firstMinute")), number("lastMinute"));
const sheetAt = (x) => {
  const sheets = [...document.querySelectorAll("[data-week] [data-sheet]")];
  return sheets.find((sheet) => x < sheet.getBoundingClientRect().right) ?? sheets.at(-1);
};
let ghost = null;
const clock = (minute) => new Date(2000, 0, 1, 0, minute).toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
const draw = (sheet, start, end) => {
  ghost ??= Object.assign(document.createElement("div"), { ariaHidden: "true" });
  ghost.className = `week__ghost at-${(start - number("firstMinute")) / 5} for-${Math.max(1, (end - start) / 5)}`;
  ghost.textContent = `${clock(start)}–${clock(end)}`;
  if (ghost.parentElement !== sheet) sheet.append(ghost);
};
const erase = () => {
  ghost?.remove();
  ghost = null;
};
const follow = ({ move, drop }) => {
  const stop = () => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", up);
    document.removeEventListener("keydown", escape, true);
    erase();
    document.querySelector(".block.is-lifted")?.classList.remove("is-lifted");
  };
  const up = (event) => (stop(), drop(event));
  const escape = (event) => event.key === "Escape" && (event.preventDefault(), stop());
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", up);
  document.addEventListener("keydown", escape, true);
};
const drawNew = (event, sheet) => {
  const from = snapped(minuteAt(sheet, event.clientY));
  let to = from;
  follow({
    move: (at) => {
      to = snapped(minuteAt(sheet, at.clientY));
      if (to !== from) draw(sheet, Math.min(from, to), Math.max(from, to));
    },
    drop: () => {
      if (Math.abs(to - from) < LEAST) return;
      const values = { add: sheet.closest("[data-day]").dataset.day, "new-start": Math.min(from, to), "new-end": Math.max(from, to) };
      send(values);
    },
  });
};
let dragged = false; // the click that ends a drag opens nothing
const drag = (event, block) => {
  const [start, end] = span(block);
  const isEnd = event.target.closest("[data-grip]") !== null;
  const held = minuteAt(block.parentElement, event.clientY) - start;
  const origin = { x: event.clientX, y: event.clientY };
  let wanted = null;
  follow({
    move: (at) => {
      if (!wanted && Math.hypot(at.clientX - origin.x, at.clientY - origin.y) < 5) return;
      block.classList.add("is-lifted");
      const sheet = isEnd ? block.parentElement : sheetAt(at.clientX);
      const minute = minuteAt(sheet, at.clientY);
      const first = isEnd ? start : Math.min(snapped(minute - held), 1440 - (end - start));
      const last = isEnd ? Math.max(snapped(minute), start + LEAST) : first + end - start;
      wanted = { day: Number(sheet.closest("[data-day]").dataset.day), start: first, end: last };
      draw(sheet, first, last);
    },
    drop: () => {
      dragged = wanted !== null;
      setTimeout(() => (dragged = false));
      if (wanted) put(block, wanted);
    },
  });
};
document.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || event.pointerType === "touch") return;
  const block = event.target.closest?.("[data-block]");
  if (block) return drag(event, block);
  const sheet = event.target.closest?.("[data-week] [data-sheet]");
  if (sheet) drawNew(event, sheet);
});
document.addEventListener(
  "click",
  (event) => {
    if (!dragged || !event.target.closest?.("[data-block]")) return;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
document.addEventListener("htmx:afterSettle", (event) => event.target.id === "week" && oneStop());
document.addEventListener("htmx:afterSwap", (event) => (event.detail.target?.id === "week" || event.target.id === "week") && setTimeout(oneStop));
oneStop();
