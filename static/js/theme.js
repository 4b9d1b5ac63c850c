// Light, dark or the system's: <button data-theme-choice="light|dark|system">.
import { keep, recall } from "./store.js";

const root = document.documentElement;

const show = () => {
  const chosen = root.dataset.theme ?? "system";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
};

const apply = (choice) => {
  if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  else delete root.dataset.theme;
  show();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const choice = button.dataset.themeChoice;
  keep("theme", choice === "system" ? null : choice);
  apply(choice);
});

window.addEventListener("storage", (event) => {
  if (event.key === "theme") apply(recall("theme"));
});
document.addEventListener("htmx:afterSettle", show);
show();
