// A field that looks things up: components/combobox.html. htmx fills the list; arrows, Enter, Escape and clicks choose.
const parts = (root) => ({
  input: root.querySelector("[role=combobox]"),
  list: root.querySelector("[role=listbox]"),
  value: root.querySelector("[data-combobox-value]"),
});
const options = (list) => [...list.querySelectorAll("[role=option]:not([aria-disabled=true])")];

const show = (root, open) => {
  const { input, list } = parts(root);
  list.hidden = !open;
  input.setAttribute("aria-expanded", String(open));
  if (!open) mark(root, null);
};

const mark = (root, option) => {
  const { input, list } = parts(root);
  for (const other of list.querySelectorAll("[role=option]")) other.setAttribute("aria-selected", String(other === option));
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.id ||= `${list.id}-${options(list).indexOf(option)}`;
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
};

const choose = (root, option) => {
  const { input, value } = parts(root);
  value.value = option.dataset.value;
  input.value = option.dataset.text ?? option.textContent.trim();
  show(root, false);
  value.dispatchEvent(new Event("change", { bubbles: true }));
};

document.addEventListener("keydown", (event) => {
  const root = event.target.closest?.("[data-combobox]");
  if (!root || !event.target.matches("[role=combobox]")) return;
  const { input, list } = parts(root);
  const stops = options(list);
  const here = stops.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) return stops.length ? show(root, true) : input.dispatchEvent(new Event("combobox:open"));
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (stops.length) mark(root, stops[here < 0 && step < 0 ? stops.length - 1 : (here + step + stops.length) % stops.length]);
  } else if (event.key === "Enter" && !list.hidden && here >= 0) {
    event.preventDefault();
    choose(root, stops[here]);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault(); // closes the list, not the dialog around it
    event.stopPropagation();
    show(root, false);
  }
});
document.addEventListener("input", (event) => {
  const root = event.target.matches?.("[role=combobox]") && event.target.closest("[data-combobox]");
  if (root) parts(root).value.value = ""; // other words, other person
});
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest?.("[data-combobox] [role=option]:not([aria-disabled=true])");
  if (!option) return;
  event.preventDefault(); // the field keeps the focus
  choose(option.closest("[data-combobox]"), option);
});
document.addEventListener("focusout", (event) => {
  const root = event.target.closest?.("[data-combobox]");
  if (root && !root.contains(event.relatedTarget)) show(root, false);
});
document.addEventListener("htmx:afterSwap", (event) => {
  const root = event.target.matches?.("[role=listbox]") && event.target.closest("[data-combobox]");
  if (root && root.contains(document.activeElement)) show(root, event.target.childElementCount > 0);
});
