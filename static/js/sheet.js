// The attendance sheet. Each tap gets an id of its own and stands in a queue in this browser until the server has it, so a tap
// made without a connection is sent later, and sent twice it counts once. Ages, not times, are sent: a phone's clock may be wrong.
import { keep, recall } from "./store.js";

const AGAIN = 4000;
const LOOK = 5000;
const sheet = () => document.querySelector("[data-sheet]");
const name = () => `sheet:${sheet()?.dataset.sheet ?? ""}`;
const queue = () => JSON.parse(recall(name()) ?? "[]");
const store = (taps) => keep(name(), taps.length ? JSON.stringify(taps) : null);
const rowOf = (tap) => document.querySelector(`[data-row="${tap.fields.attendance}"]`);
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
const fresh = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

const press = (tap, word) => {
  const row = rowOf(tap);
  if (!row) return;
  for (const button of row.querySelectorAll(".sheet__mark")) button.setAttribute("aria-pressed", String(button.value === tap.fields.mark));
  row.classList.toggle("is-waiting", word === "waiting");
  row.querySelector("[data-saved]").textContent = word;
};

const say = () => {
  const count = queue().length;
  const note = document.querySelector("[data-offline]");
  if (!note) return;
  note.hidden = isConnected || !count;
  note.querySelector("[data-offline-words]").textContent = `No connection. ${count} ${count === 1 ? "mark waits" : "marks wait"} on this phone and will be saved by itself.`;
  for (const form of document.querySelectorAll("[data-complete] button")) form.disabled = count > 0;
};

const put = (tap, text) => {
  const made = new DOMParser().parseFromString(`<body>${text}</body>`, "text/html");
  for (const part of made.body.children) {
    const old = document.getElementById(part.id);
    if (!old) continue;
    const open = old.querySelector("details")?.open;
    const focused = old.contains(document.activeElement) ? document.activeElement.value : null;
    const mine = document.importNode(part, true);
    old.replaceWith(mine);
    window.htmx?.process(mine);
    if (open && mine.querySelector("details")) mine.querySelector("details").open = true;
    if (focused) mine.querySelector(`.sheet__mark[value="${focused}"]`)?.focus();
  }
  const all = document.querySelector("[data-needs-unmarked]");
  if (all) all.disabled = document.querySelector("#sheet-counts")?.dataset.unmarked === "0";
};

let isConnected = true;
let isSending = false;

const send = async (tap) => {
  const body = new URLSearchParams({ ...tap.fields, change_id: tap.id, age: String(Math.max(0, Date.now() - tap.at)) });
  const headers = { ...token(), "HX-Request": "true", "HX-Target": `row-${tap.fields.attendance}` };
  return fetch(tap.url, { method: "POST", body, headers, credentials: "same-origin", redirect: "manual" });
};

const flush = async () => {
  if (isSending) return;
  isSending = true;
  try {
    for (let taps = queue(); taps.length; taps = queue()) {
      const [tap] = taps;
      const answer = await send(tap).catch(() => null);
      isConnected = answer !== null && answer.status < 500;
      if (!isConnected) break;
      if (answer.type === "opaqueredirect" || answer.headers.get("HX-Redirect")) {
        window.location.reload(); // signed out: the queue stays and is sent after signing in
        break;
      }
      store(queue().filter((other) => other.id !== tap.id));
      if (answer.status === 403 || answer.status === 404) press(tap, "not saved");
      else if (!queue().some((other) => other.fields.attendance === tap.fields.attendance)) put(tap, await answer.text());
    }
  } finally {
    isSending = false;
    for (const tap of queue()) press(tap, "waiting");
    say();
  }
};

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-mark-form]");
  if (!form) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form, event.submitter));
  delete fields.csrfmiddlewaretoken;
  delete fields.change_id;
  const tap = { id: fresh(), url: form.action, at: Date.now(), fields };
  store([...queue(), tap]);
  press(tap, "saving…");
  flush();
});

const look = () => {
  const list = document.querySelector("#sheet-list");
  const isBusy = queue().length || isSending || document.hidden || list?.contains(document.activeElement?.closest?.("input"));
  if (list && !isBusy) window.htmx?.trigger(list, "sheet:look");
};

if (sheet()) {
  for (const tap of queue()) press(tap, "waiting");
  flush();
  window.addEventListener("online", flush);
  setInterval(() => queue().length && flush(), AGAIN);
  setInterval(look, LOOK);
}
