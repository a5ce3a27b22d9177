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
