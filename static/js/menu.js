// <details class="menu">: closes on Escape, on a click elsewhere and when focus leaves; arrows walk its items.
const close = (menu, refocus = false) => {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
};

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) close(menu);
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) close(menu);
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest("details.menu[open], .usermenu, .places");
  if (!menu) return;
  if (event.key === "Escape" && menu.matches("details")) {
    event.stopPropagation();
    close(menu, true);
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.matches("input, select, textarea")) return;
  const stops = [...menu.querySelectorAll("a[href], button:not(:disabled)")].filter((stop) => stop.checkVisibility());
  if (!stops.length) return;
  event.preventDefault();
  const here = stops.indexOf(document.activeElement);
  stops[(here + step + stops.length) % stops.length].focus();
});
