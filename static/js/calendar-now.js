// The line of the current time, by the practice's clock: the minute the server said plus what has passed here since.
const grid = () => document.querySelector("#calendar");
let known = null; // { said, at }

const listen = () => {
  const said = grid()?.dataset.nowMinute;
  known = said === undefined ? null : { said: Number(said), at: performance.now() };
};

const minuteNow = () => known.said + Math.floor((performance.now() - known.at) / 60_000);

const words = (minute) => {
  const [hour, rest] = [Math.floor(minute / 60) % 24, String(minute % 60).padStart(2, "0")];
  return grid().dataset.clock24 === "true" ? `${String(hour).padStart(2, "0")}:${rest}` : `${hour % 12 || 12}:${rest}`;
};

const draw = () => {
  if (!known || !grid()) return;
  const minute = minuteNow();
  const rows = (minute - Number(grid().dataset.firstMinute)) / Number(grid().dataset.step);
  const last = (Number(grid().dataset.lastMinute) - Number(grid().dataset.firstMinute)) / Number(grid().dataset.step);
  const label = grid().querySelector("[data-now-label]");
  for (const mark of grid().querySelectorAll("[data-now-line], [data-now-label]")) {
    mark.hidden = rows < 0 || rows >= last;
    mark.className = mark.className.replace(/\bat-\d+\b/, `at-${Math.max(0, Math.floor(rows))}`);
    // the rest of the five minutes; set from script, which the policy allows
    mark.style.marginBlockStart = `calc(var(--row) * ${(rows % 1).toFixed(2)} - ${mark === label ? 0 : 1}px)`;
  }
  if (label) {
    label.textContent = words(minute);
    hideHourUnder(label);
  }
};

// Where the time stands on an hour's figure, the time speaks.
const hideHourUnder = (label) => {
  const box = label.getBoundingClientRect();
  for (const hour of grid().querySelectorAll(".axis__hour")) {
    const top = hour.getBoundingClientRect().top;
    hour.classList.toggle("axis__hour--under", top < box.bottom && top + 14 > box.top);
  }
};

// A day opens where it matters: the open visit, now with what went before, or the first thing of the day.
const arrive = () => {
  const open = grid()?.querySelector(".tile[aria-current]");
  if (open) return open.scrollIntoView({ block: "center", inline: "nearest" });
  const line = known && grid().querySelector("[data-now-line]");
  const first = line ?? grid()?.querySelector(".tile");
  if (!first) return undefined;
  const place = first.getBoundingClientRect().top - grid().getBoundingClientRect().top;
  grid().scrollTop = Math.max(0, place - grid().clientHeight * (line ? 0.4 : 0.15));
  return undefined;
};

document.addEventListener("calendar:drawn", () => {
  listen();
  draw();
});
setInterval(draw, 5000);
listen();
draw();
arrive();
