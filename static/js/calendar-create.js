// A press on an empty place of the grid opens the booking form there; drawn downwards it says how long. Esc lets go.
import { begin, columns, draw, gesture, minuteAt, open, posted, said, scrollAlong, snap, snapped, whenMeant, within } from "./calendar-grid.js";

const DRAWN = 6; // pixels: less is a click

const book = (column, start, minutes) => {
  const link = document.querySelector('[data-act="new"]');
  const values = { on: document.querySelector("#calendar").dataset.on, provider: column.dataset.provider, at: posted(start) };
  if (minutes) values.minutes = minutes;
  if (column.dataset.location) values.location = column.dataset.location;
  open(new URL(link.href, window.location.href).pathname, values);
};

const start = (event, column) => {
  const from = Math.min(snapped(minuteAt(column, event.clientY), Math.floor), within(24 * 60, snap()));
  let minutes = 0;
  const show = () => draw(column, from, minutes || snap(), minutes ? `${said(from)}–${said(from + minutes)}, ${minutes} min` : said(from));
  begin("create");
  show();
  gesture({
    move: (to) => {
      const reach = snapped(minuteAt(column, to.clientY), Math.ceil) - from;
      if (minutes || Math.abs(to.clientY - event.clientY) > DRAWN) minutes = Math.max(snap(), reach);
      scrollAlong(to.clientX, to.clientY);
      show();
    },
    drop: () => book(column, from, minutes),
  });
};

document.addEventListener("pointerdown", (event) => {
  const column = event.target.closest?.("#calendar [data-column]");
  const onSheet = event.target.closest?.(".column__sheet");
  if (!column || !onSheet || event.button !== 0 || event.target.closest("a, button, form")) return;
  if (!document.querySelector('[data-act="new"]') || !columns().includes(column)) return;
  if (document.documentElement.dataset.dragging) return;
  if (event.pointerType !== "touch") event.preventDefault(); // no text selection
  whenMeant(event, () => start(event, column));
});
