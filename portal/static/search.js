// The search box: suggestions while typing, what was asked lately (kept in this browser), and hits by keyboard.
(function () {
  "use strict";

  const WAIT = 120; // Milliseconds without a key before the server is asked.
  const MOST_RECENT = 10;

  const recent = {
    read(owner) {
      try {
        const kept = JSON.parse(window.localStorage.getItem(`legajo-recent-${owner}`) || "[]");
        return Array.isArray(kept) ? kept.filter((text) => typeof text === "string").slice(0, MOST_RECENT) : [];
      } catch { return []; }
    },
    add(owner, text) {
      const kept = [text, ...this.read(owner).filter((other) => other !== text)].slice(0, MOST_RECENT);
      try { window.localStorage.setItem(`legajo-recent-${owner}`, JSON.stringify(kept)); } catch { /* No room, no matter. */ }
    },
    forget(owner) {
      try { window.localStorage.removeItem(`legajo-recent-${owner}`); } catch { /* Nothing is kept. */ }
    },
  };

  document.querySelectorAll("input[data-suggest]").forEach((box, number) => {
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = `suggestions-${number}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", box.labels[0] ? box.labels[0].textContent : box.name);
    list.hidden = true;
    box.parentElement.classList.add("suggesting");
    box.after(list);
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-expanded", "false");
    box.setAttribute("aria-controls", list.id);

    let timer = 0;
    let asked = 0;
    let chosen = -1;

    const close = () => {
      list.hidden = true;
      chosen = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };
    const choose = (index) => {
      const options = list.children;
      chosen = (index + options.length) % options.length;
      Array.from(options).forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
      box.setAttribute("aria-activedescendant", options[chosen].id);
      options[chosen].scrollIntoView({ block: "nearest" });
    };
    const take = (text) => {
      box.value = text;
      close();
      box.form.requestSubmit();
    };
    const show = (texts) => {
      list.replaceChildren(...texts.map((text, at) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${at}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = text;
        option.addEventListener("mousedown", (event) => { event.preventDefault(); take(text); });
        return option;
      }));
      chosen = -1;
      list.hidden = texts.length === 0;
      box.setAttribute("aria-expanded", String(texts.length > 0));
    };
    const ask = async () => {
      const typed = box.value.trim();
      const turn = ++asked;
      if (typed === "") {
        show(recent.read(box.dataset.recent));
        return;
      }
      try {
        const answer = await fetch(`${box.dataset.suggest}?${new URLSearchParams({ q: typed })}`, { headers: { Accept: "application/json" } });
        if (!answer.ok || answer.redirected || turn !== asked) return;
        const found = await answer.json();
        if (turn === asked && document.activeElement === box) show(found.map((each) => each.text));
      } catch { /* The network is away: no suggestions. */ }
    };

    box.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, WAIT);
    });
    box.addEventListener("blur", close);
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" && list.hidden) {
        event.preventDefault();
        const first = document.querySelector("[data-hit]");
        if (box.value.trim() !== "" && box.value === box.defaultValue && first) first.focus();
        else ask();
      } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        choose(event.key === "ArrowDown" ? chosen + 1 : Math.max(chosen, 0) - 1);
      } else if (!list.hidden && event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        take(list.children[chosen].textContent);
      } else if (!list.hidden && event.key === "Escape") {
        event.preventDefault();
        asked += 1;
        close();
      }
    });
    box.form.addEventListener("submit", () => {
      asked += 1;
      close();
      if (box.value.trim() !== "" && box.dataset.recent) recent.add(box.dataset.recent, box.value.trim());
    });
  });

  // From hit to hit with the arrow keys, and back to the box.
  const hits = Array.from(document.querySelectorAll("[data-hit]"));
  hits.forEach((hit, at) => hit.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = hits[at + step] || (step < 0 ? document.getElementById("q") : null);
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  }));

  document.querySelectorAll("[data-recent-list]").forEach((section) => {
    const owner = section.dataset.recentList;
    const texts = recent.read(owner);
    section.hidden = texts.length === 0;
    section.querySelector("ul").replaceChildren(...texts.map((text) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `?${new URLSearchParams({ q: text })}`;
      link.textContent = text;
      item.append(link);
      return item;
    }));
    section.querySelector("[data-forget]").addEventListener("click", () => {
      recent.forget(owner);
      section.hidden = true;
      document.getElementById("q").focus();
    });
  });

  // On a phone the narrowing is folded away, so that the hits come first.
  document.querySelectorAll("details.facets-fold").forEach((fold) => {
    if (window.matchMedia("(max-width: 46rem)").matches) fold.removeAttribute("open");
  });
})();
