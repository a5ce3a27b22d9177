// One key decides: "a" approves, "r" asks for the comment of a rejection, "j" and "k" (or the arrows) move.
(function () {
  "use strict";

  const rows = [...document.querySelectorAll("[data-decide]")];
  if (!rows.length) return;
  document.querySelector("[data-decide-keys]").hidden = false;

  const here = () => rows.find((row) => row.contains(document.activeElement));
  const go = (step) => {
    const row = here();
    const place = row ? rows.indexOf(row) + step : 0;
    const next = rows[Math.min(Math.max(place, 0), rows.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = here();
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape" && row) row.focus();
      return;
    }
    switch (event.key) {
      case "j":
      case "ArrowDown":
        go(1);
        break;
      case "k":
      case "ArrowUp":
        go(-1);
        break;
      case "a":
        // A key that is held down must not approve the next one too.
        if (!row || event.repeat) return;
        row.querySelector("[data-approve]").requestSubmit(row.querySelector("[data-approve] button"));
        break;
      case "r": {
        if (!row) return;
        const details = row.querySelector("[data-reject]");
        details.open = true;
        details.querySelector("input[name=comment]").focus();
        break;
      }
      default:
        return;
    }
    event.preventDefault();
  });
})();
