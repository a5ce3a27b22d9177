// The statistics page: says that it counts, fetches what is opened, opens what an address leads to.
(function () {
  "use strict";

  const form = document.querySelector("form[data-counting]");
  if (form) {
    const status = form.querySelector("[role=status]");
    const button = form.querySelector("button[type=submit]");
    const words = button.textContent;
    const say = (text) => { status.textContent = text; };
    const counts = () => {
      button.textContent = form.dataset.counting;
      say(form.dataset.counting);
    };
    form.addEventListener("submit", (event) => {
      if (button.getAttribute("aria-disabled")) event.preventDefault(); // It counts already.
      button.setAttribute("aria-disabled", "true");
      counts();
    });
    document.querySelectorAll("a[data-counts]").forEach((link) => link.addEventListener("click", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) counts();
    }));
    document.querySelectorAll("a[data-file]").forEach((link) => link.addEventListener("click", () => {
      say(form.dataset.making);
      window.setTimeout(() => say(""), 8000); // The browser tells nobody when a file has come.
    }));
    // Who comes back with the browser's button finds the page as it was before.
    window.addEventListener("pageshow", () => {
      button.textContent = words;
      button.removeAttribute("aria-disabled");
      say("");
    });
  }

  // What a figure is made of comes when it is opened.
  const load = async (part) => {
    if (!part.open || part.dataset.loading) return;
    part.dataset.loading = "yes";
    part.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(part.dataset.part, { headers: { "X-Part": "1" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      const content = document.createElement("div");
      content.innerHTML = await answer.text();
      part.replaceChildren(part.querySelector("summary"), ...content.childNodes);
    } catch {
      delete part.dataset.loading; // Closed and opened again, it tries again.
      if (!part.querySelector("[role=alert]")) {
        const failed = document.createElement("p");
        failed.setAttribute("role", "alert");
        failed.textContent = part.dataset.failed;
        part.append(failed);
      }
    }
    part.removeAttribute("aria-busy");
  };
  document.querySelectorAll("details[data-part]").forEach((part) => part.addEventListener("toggle", () => load(part)));

  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
