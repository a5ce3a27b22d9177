// Small helps; every page works without them.
(function () {
  "use strict";

  // "/" goes to the search box, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = document.querySelector(`[data-focus-key="${CSS.escape(event.key)}"]`);
    if (target) {
      event.preventDefault();
      target.focus();
      target.select();
    } else if (event.target === document.body && event.key.length === 1) {
      document.querySelector("[data-reader]")?.focus(); // A barcode reader is heard where nothing has the focus.
    }
  });

  // On a phone a row stands alone, without the heads of its table: each value then carries its own.
  document.querySelectorAll("table.table-stack").forEach((table) => {
    const heads = [...table.querySelectorAll("thead th")].map((head) => {
      const shown = head.cloneNode(true);
      shown.querySelectorAll("[aria-hidden], .visually-hidden").forEach((part) => part.remove());
      return shown.textContent.trim();
    });
    for (const row of table.tBodies[0]?.rows ?? []) {
      if (row.cells.length !== heads.length) continue;
      [...row.cells].slice(1).forEach((cell, place) => {
        const head = heads[place + 1];
        if (head && cell.textContent.trim()) cell.dataset.label = head;
      });
    }
  });

  // A form is sent once: its button rests until the page changes (the server would do it only once anyway).
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.dataset.again !== undefined) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    window.setTimeout(() => { delete form.dataset.sent; }, 4000);
  });

  // Parts that change while one looks: reloaded from their own address until it answers "done".
  document.querySelectorAll("[data-poll]").forEach((part) => {
    const ask = async () => {
      try {
        const answer = await fetch(part.dataset.poll, { headers: { "X-Part": "1" } });
        if (answer.ok && !answer.redirected) {
          part.innerHTML = await answer.text();
          if (answer.headers.get("X-Done") === "yes") return;
        }
      } catch { /* The network is away: ask again later. */ }
      window.setTimeout(ask, 3000);
    };
    window.setTimeout(ask, 3000);
  });
})();
