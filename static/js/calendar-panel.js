// The open visit: its tile is marked, links that stay on this day carry it along, Escape and the cross close it.
const panel = () => document.querySelector("#panel");
const tileOf = (visit) => visit && document.getElementById(`visit-${visit}`);
const address = () => new URL(window.location.href);

const mark = (visit) => {
  for (const tile of document.querySelectorAll(".tile[aria-current]")) if (tile.dataset.visit !== visit) tile.removeAttribute("aria-current");
  for (const tile of document.querySelectorAll(`.tile[data-visit="${visit}"]`)) tile.setAttribute("aria-current", "true");
  for (const link of document.querySelectorAll(".bar__views a, a.rail__need")) {
    const url = new URL(link.href);
    if (visit) url.searchParams.set("visit", visit);
    else url.searchParams.delete("visit");
    link.href = url.pathname + url.search;
  }
};

const close = () => {
  const url = address();
  const visit = url.searchParams.get("visit");
  url.searchParams.delete("visit");
  panel().replaceChildren();
  window.history.pushState({ htmx: true }, "", url);
  mark("");
  (tileOf(visit) ?? document.querySelector("#main")).focus({ preventScroll: true });
};

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-panel-close]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  close();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog:modal, details.menu[open], :popover-open")) return;
  if (panel()?.querySelector(".visit") && !event.target.closest?.("input, textarea, select")) close();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "panel") return;
  const visit = panel().querySelector("[data-panel]")?.dataset.panel ?? "";
  mark(visit);
  panel().scrollTop = 0;
  tileOf(visit)?.scrollIntoView({ block: "nearest", inline: "nearest" });
});
document.addEventListener("calendar:drawn", () => mark(address().searchParams.get("visit") ?? ""));

// The acts of a visit may be gone once it is drawn again; focus that stood on one stays with the visit.
let wasInPanel = false;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "calendar") wasInPanel = Boolean(panel()?.contains(document.activeElement));
});
document.addEventListener("calendar:drawn", () => {
  if (wasInPanel && document.activeElement === document.body) panel()?.querySelector("#visit-title")?.focus({ preventScroll: true });
  wasInPanel = false;
});
