// The opening search: one tab stop for all times with arrows inside, and a hold that ends with the form it opened.
const times = () => [...document.querySelectorAll("[data-times] [data-time]")];

const stopAt = (button) => {
  for (const other of times()) other.tabIndex = other === button ? 0 : -1;
};
const oneStop = () => {
  const all = times();
  const here = all.find((button) => button === document.activeElement) ?? all.find((button) => button.getAttribute("tabindex") === "0");
  stopAt(here ?? all[0]);
};

// Up and down by the eye: the nearest time of the next line, in whatever row that is.
const across = (from, step) => {
  const here = from.getBoundingClientRect();
  const lines = times()
    .map((button) => ({ button, box: button.getBoundingClientRect() }))
    .filter(({ box }) => (step > 0 ? box.top >= here.bottom : box.bottom <= here.top));
  const tops = lines.map(({ box }) => box.top);
  const line = step > 0 ? Math.min(...tops) : Math.max(...tops);
  const away = ({ box }) => Math.abs(box.left - here.left);
  return lines.filter(({ box }) => Math.abs(box.top - line) < 4).sort((a, b) => away(a) - away(b))[0]?.button;
};

document.addEventListener("keydown", (event) => {
  const button = event.target.closest?.("[data-time]");
  if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = times();
  const row = [...button.parentElement.querySelectorAll("[data-time]")];
  const goes = {
    ArrowRight: () => all[all.indexOf(button) + 1],
    ArrowLeft: () => all[all.indexOf(button) - 1],
    ArrowDown: () => across(button, 1),
    ArrowUp: () => across(button, -1),
    Home: () => row[0],
    End: () => row.at(-1),
  }[event.key];
  if (!goes) return;
  event.preventDefault();
  const next = goes();
  if (!next) return;
  stopAt(next);
  next.focus();
});
document.addEventListener("focusin", (event) => event.target.matches?.("[data-time]") && stopAt(event.target));
document.addEventListener("htmx:afterSettle", oneStop);
oneStop();

// What somebody folded open stays open when the page is drawn anew.
let unfolded = [];
document.addEventListener("htmx:beforeSwap", () => (unfolded = [...document.querySelectorAll("#openings details[open]")].map((fold) => fold.id)));
document.addEventListener("htmx:afterSwap", () => unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", "")));

// --- The hold ----------------------------------------------------------------------------------------------------

const formOf = (root) => root.querySelector?.("form[data-release]");
const values = (form) => ({ hold: form.elements.hold.value });

// Booked: the hold became the visit, there is nothing to give back.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const form = event.target.closest?.("form[data-release]");
  const said = event.detail.xhr.getResponseHeader("HX-Trigger") ?? "";
  if (form && event.detail.xhr.status === 200 && said.includes("dialog:close")) delete form.dataset.release;
});
document.addEventListener(
  "close",
  (event) => {
    const form = formOf(event.target);
    if (form) window.htmx.ajax("POST", form.dataset.release, { source: document.body, swap: "none", values: values(form) });
  },
  true,
);
window.addEventListener("pagehide", () => {
  const form = formOf(document);
  if (!form?.closest("dialog")) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("hold", form.elements.hold.value);
  navigator.sendBeacon(form.dataset.release, body);
});

// Something was booked or given back: the same question again.
const again = () => {
  if (document.querySelector("#openings")) window.htmx.ajax("GET", window.location.href, { target: "#openings", swap: "morph:innerHTML" });
};
document.addEventListener("openings:refresh", again);
document.addEventListener("calendar:refresh", again);
