// Single keys: <button data-key="n" data-key-label="New visit">. `?` lists them. Inert in fields; can be switched off.
import { openDialog } from "./dialog.js";
import { keep, recall } from "./store.js";

const SWITCH = "single-keys";
const isOn = () => recall(SWITCH) !== "off";
const writing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=combobox]");
const offered = () => [...document.querySelectorAll("[data-key]")].filter((element) => element.checkVisibility?.() ?? true);

const element = (name, text = "", attributes = {}) => {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

const list = () => {
  const dl = element("dl", "", { class: "keys" });
  const rows = [["?", "Show these keys"], ...offered().map((key) => [key.dataset.key, key.dataset.keyLabel ?? key.textContent.trim()])];
  for (const more of document.querySelectorAll("[data-keys-more]")) rows.push(...JSON.parse(more.dataset.keysMore));
  for (const [key, label] of new Map(rows)) {
    const term = element("dt");
    term.append(...key.split(" ").map((part) => element("kbd", part)));
    dl.append(term, element("dd", label));
  }
  return dl;
};

const show = (opener) => {
  if (document.querySelector("#keys-dialog")) return;
  const dialog = element("dialog", "", { id: "keys-dialog", class: "dialog dialog--small", "data-dialog": "open", "aria-labelledby": "keys-title" });
  const head = element("header", "", { class: "dialog__head" });
  head.append(element("h2", "Keys", { class: "dialog__title", id: "keys-title", tabindex: "-1" }), element("button", "Close", { type: "button", class: "button button--small", "data-dialog-close": "" }));
  const body = element("div", "", { class: "dialog__body" });
  const label = element("label", "", { class: "field__check" });
  const box = element("input", "", { type: "checkbox", class: "check" });
  box.checked = isOn();
  box.addEventListener("change", () => keep(SWITCH, box.checked ? null : "off"));
  label.append(box, element("span", "Single keys do things"));
  body.append(list(), label);
  dialog.append(head, body);
  (document.querySelector("#dialog") ?? document.body).append(dialog);
  openDialog(dialog, opener);
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (writing(event.target) || !isOn() || document.querySelector("dialog:modal")) return;
  if (event.key === "?") {
    event.preventDefault();
    return show(document.activeElement);
  }
  const match = offered().find((candidate) => candidate.dataset.key === event.key);
  if (!match) return;
  event.preventDefault();
  if (match.matches("input, select, textarea")) match.focus();
  else match.click();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-keys-open]")) return;
  const floating = event.target.closest("[popover]");
  floating?.hidePopover();
  show(floating ? document.querySelector(`[popovertarget="${floating.id}"]`) : document.activeElement);
});
