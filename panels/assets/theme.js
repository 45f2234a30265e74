// Light or dark: what the person chose on this device, else what the device says.
(() => {
  const device = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const root = document.documentElement;
  root.dataset.theme = localStorage.getItem("theme") || device;
  document.addEventListener("click", ({ target }) => {
    if (target.id !== "theme") return;
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });
})();
