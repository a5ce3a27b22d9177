// Follows the system's wish for a dark or a light page (Bootstrap reads data-bs-theme).
(function () {
  const wish = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => { document.documentElement.dataset.bsTheme = wish.matches ? "dark" : "light"; };
  apply();
  wish.addEventListener("change", apply);
})();
