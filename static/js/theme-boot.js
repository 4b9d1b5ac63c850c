// Runs before the first paint: a chosen colour scheme must not flash. Kept apart because the policy forbids inline script.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  } catch {
    // storage is switched off: the system's scheme stands
  }
})();
