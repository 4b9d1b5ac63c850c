// A shared desk locks itself. data-idle-seconds on <body>: a minute before the end a dialog asks; data-idle-keep is posted
// to stay, data-idle-lock (sign-out) is posted to leave, data-idle-sign-in is where a locked screen goes. Acts in another
// tab count too. The server decides in the end; its stamp may lag behind by two MARGINs, so we lock that much earlier.
import { openDialog } from "./dialog.js";
import { keep, recall } from "./store.js";

const { idleSeconds, idleKeep, idleLock, idleSignIn } = document.body.dataset;
const ALLOWED = 1000 * Number(idleSeconds ?? 0);
const MARGIN = Math.min(60_000, ALLOWED / 4); // acts without a request are told to the server at most this often
const LENGTH = ALLOWED - 2 * MARGIN;
const WARNING = Math.min(60_000, LENGTH / 2);
let told = Date.now();

const lastAct = () => Number(recall("last-act") ?? 0);
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");

const tellServer = async () => {
  told = Date.now();
  if (!idleKeep) return;
  const post = { method: "POST", headers: token(), credentials: "same-origin", redirect: "manual" };
  const answer = await fetch(idleKeep, post).catch(() => null);
  if (answer?.type === "opaqueredirect" || answer?.status === 401 || answer?.status === 403) lock(); // already signed out
};

const act = () => {
  if (document.querySelector("#idle-dialog[open]")) return;
  const now = Date.now();
  if (now - lastAct() > 1000) keep("last-act", String(now));
  if (now - told > MARGIN) tellServer();
};

let locking = false;
const lock = async () => {
  if (locking) return;
  locking = true;
  if (idleLock) await fetch(idleLock, { method: "POST", headers: token(), credentials: "same-origin", redirect: "manual" }).catch(() => null);
  const here = window.location.pathname + window.location.search;
  window.location.assign(idleSignIn ? `${idleSignIn}?next=${encodeURIComponent(here)}` : "/");
};

const warn = () => {
  const dialog = document.createElement("dialog");
  dialog.id = "idle-dialog";
  dialog.className = "dialog dialog--small";
  dialog.dataset.dialog = "open";
  dialog.setAttribute("aria-labelledby", "idle-title");
  dialog.innerHTML = `<header class="dialog__head"><h2 class="dialog__title" id="idle-title">Still there?</h2></header>
    <div class="dialog__body"><p>This screen locks in a minute to keep clients' details private. Anything not saved would be lost.</p>
    <div class="dialog__acts"><button type="button" class="button button--primary" autofocus data-dialog-close>Stay signed in</button></div></div>`;
  dialog.addEventListener("close", () => {
    keep("last-act", String(Date.now()));
    tellServer();
  });
  document.body.append(dialog);
  openDialog(dialog);
};

const look = () => {
  const quiet = Date.now() - lastAct();
  const dialog = document.querySelector("#idle-dialog[open]");
  if (quiet >= LENGTH) lock();
  else if (quiet >= LENGTH - WARNING && !dialog) warn();
  else if (quiet < LENGTH - WARNING && dialog) dialog.close(); // stayed in another tab
};

if (LENGTH) {
  keep("last-act", String(Date.now()));
  for (const name of ["pointerdown", "keydown", "wheel", "touchstart"]) document.addEventListener(name, act, { passive: true, capture: true });
  document.addEventListener("visibilitychange", look);
  setInterval(look, Math.min(1000, WARNING / 2));
}
