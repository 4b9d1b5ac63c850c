// What the booking, moving and cancelling forms do by themselves; each works without.
const inForm = (target, selector) => target.closest?.("[data-visit-form]") && target.closest(selector);

// A suggested time fills the field; the list of reasons follows by itself.
document.addEventListener("click", (event) => {
  const button = inForm(event.target, "[data-fill-time]");
  if (!button) return;
  event.preventDefault();
  const form = button.closest("form");
  const [, day, time] = /^(?:(\d{4}-\d\d-\d\d) )?(.*)$/.exec(button.value); // "2:15 pm", or with the day before it
  if (day) form.elements.on.value = day;
  form.elements.at.value = time;
  form.elements.at.dispatchEvent(new Event("change", { bubbles: true }));
  form.querySelector(".move__fields")?.setAttribute("open", ""); // the summary above no longer says where to
  form.querySelector("[data-submit]").focus();
});

// "Override with a reason" leads into the field it means.
document.addEventListener("click", (event) => {
  const link = inForm(event.target, "[data-override]");
  if (!link) return;
  event.preventDefault();
  link.closest("form").elements.override_reason.focus();
});

// What somebody typed stays when another provider's own terms come in; choosing a type fills everything anew.
const OWN = ["minutes", "buffer_before", "buffer_after", "rate", "modality"];
const touched = new WeakMap();
document.addEventListener("input", (event) => {
  const form = inForm(event.target, "form");
  if (form && OWN.includes(event.target.name)) touched.set(form, (touched.get(form) ?? new Set()).add(event.target.name));
});
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "type-asks") return;
  const form = event.target.closest("form");
  if (event.detail.triggeringEvent?.target?.name === "type") touched.delete(form);
  event.detail.parameters.set("touched", [...(touched.get(form) ?? [])].join(","));
});

// A click into an empty look-up shows who was here lately, as the down arrow does.
document.addEventListener("click", (event) => {
  const input = inForm(event.target, "[role=combobox]");
  if (input && !input.value) input.dispatchEvent(new Event("combobox:open"));
});

// A client just added is the one to book: into the first look-up without a person.
document.addEventListener("client:added", (event) => {
  const { value, text } = event.detail;
  const rows = [...document.querySelectorAll("[data-visit-form] [data-combobox]")];
  const row = rows.find((one) => !one.querySelector("[data-combobox-value]").value) ?? rows[0];
  if (!row) return;
  row.querySelector("[role=combobox]").value = text;
  const hidden = row.querySelector("[data-combobox-value]");
  hidden.value = value;
  hidden.dispatchEvent(new Event("change", { bubbles: true }));
  row.closest("form").elements.type?.focus();
});

// Of several people, who was chosen becomes a chip, and the field is for the next one.
document.addEventListener("change", (event) => {
  const people = event.target.matches?.("[data-combobox-value]") && event.target.closest("#people[data-several]");
  if (people && event.target.value) window.htmx.trigger(people, "people:changed");
});
let peopleAsked = false;
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.target?.id === "people") peopleAsked = event.detail.triggeringEvent?.target?.id !== "visit_type";
});
document.addEventListener("htmx:load", (event) => {
  if (peopleAsked && event.target.matches?.("#people")) [...event.target.querySelectorAll("input[role=combobox]")].at(-1)?.focus();
});

// Rooms of the chosen place only.
const ANY_FREE = "-1";
const sortRooms = (form) => {
  const { location: place, room } = form.elements;
  if (!place || !room) return;
  const name = place.value ? place.selectedOptions[0].textContent.trim() : "";
  for (const group of room.querySelectorAll("optgroup")) group.hidden = group.disabled = name !== "" && group.label !== name;
  if (room.selectedOptions[0]?.closest("optgroup")?.disabled) {
    room.value = [...room.options].some((option) => option.value === ANY_FREE) ? ANY_FREE : "";
  }
};
document.addEventListener("htmx:load", (event) => {
  const forms = event.target.querySelectorAll?.("[data-visit-form]") ?? [];
  for (const form of event.target.matches?.("[data-visit-form]") ? [event.target] : forms) sortRooms(form);
});
document.querySelectorAll("[data-visit-form]").forEach(sortRooms);

// Whom to tell of a cancellation: the practice's own causes tick the box until somebody decides.
const decided = new WeakSet();
document.addEventListener("change", (event) => {
  const form = inForm(event.target, "form");
  if (!form) return;
  if (event.target.name === "location") sortRooms(form);
  if (event.target.name === "tell") decided.add(event.target);
  const tell = form.elements.tell;
  if (event.target.name === "reason" && tell && !decided.has(tell)) {
    tell.checked = (event.target.dataset.tells ?? "").split(" ").includes(event.target.value);
  }
});

// The pressed button is gone once the panel is drawn again: on to the next likely act.
let acted = false;
document.addEventListener("htmx:beforeRequest", (event) => (acted ||= Boolean(event.target.closest?.("#panel .act"))));
document.addEventListener("calendar:drawn", () => {
  if (acted && document.activeElement === document.body) document.querySelector("#panel .acts :is(button, a)")?.focus({ preventScroll: true });
  acted = false;
});

document.addEventListener("click", (event) => event.target.closest?.("[data-alert-close]")?.closest("[data-alert]")?.remove());
