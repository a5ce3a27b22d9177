/* The counter: one field, a barcode reader that types and presses Enter, and a keyboard.

   A code is looked up at once; what is scanned meanwhile waits its turn. Enter in the empty field does what the
   answer offers; where the answer asks something, it goes to the question first. What was sent and not answered is
   kept, and sent again, with the same key, only when the person says so: the portal does it once, however often it
   comes. A code read while something else has the focus is a code all the same: it is never typed into a remark. */
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const form = document.getElementById("desk-form");
  if (!desk || !form) return;
  const field = form.elements.namedItem("barcode");
  const answer = document.getElementById("desk-answer");
  const strip = document.getElementById("desk-person");
  const done = document.getElementById("desk-done");
  const sound = document.getElementById("desk-sound");
  const words = desk.dataset;
  const PATIENCE = 10000;
  const READER = 50; // Milliseconds between two keys: nobody types a whole code this fast, every reader does.
  const CODE = /[A-Z]{1,3}-?\d{4,12}(-\d{1,4})?$/i;
  const DETAILS = "input:not([type=hidden]), select, summary, button";
  let unsent = null; // What was sent and not answered: a function that sends it again.
  let busy = false;
  let waiting = []; // Codes scanned while an answer is on its way.

  const person = () => strip.querySelector("[data-person]")?.dataset.person || "";
  const mainForm = () => answer.querySelector("[data-desk-main]");
  const about = () => answer.querySelector("[data-volume]")?.dataset.volume || "";
  const filled = (sentence, code) => sentence.replace("{code}", code);

  const focusField = () => field.focus(); // Nothing is selected: the next code may be half typed already.

  function beep() {
    if (!sound.checked) return;
    try {
      const audio = new AudioContext();
      const tone = audio.createOscillator();
      tone.type = "square";
      tone.frequency.value = 220;
      tone.connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + 0.25);
      tone.onended = () => audio.close();
    } catch { /* No sound here: the words are on the screen. */ }
  }

  function remember(tone, sentence) {
    const item = document.createElement("li");
    item.className = `desk-was-${tone}`;
    const time = document.createElement("span");
    time.className = "muted";
    time.textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    item.append(time, ` ${sentence}`);
    done.prepend(item);
    while (done.children.length > 60) done.lastElementChild.remove();
    done.closest("section").hidden = false;
  }

  function tell(tone, sentence, link) {
    const box = document.createElement("section");
    box.className = `desk-answer desk-${tone}`;
    box.setAttribute("aria-label", words.answer);
    box.dataset.tone = tone;
    const text = document.createElement("p");
    text.className = "desk-sentence";
    text.textContent = sentence;
    box.append(text);
    if (link) {
      const way = document.createElement("a");
      [way.href, way.textContent, way.className] = [link.address, link.text, "btn btn-primary btn-lg"];
      box.append(way);
    }
    answer.replaceChildren(box);
    if (tone !== "ok") beep();
  }

  // A word above the answer that stands; the answer stays.
  function add(sentence) {
    const box = answer.querySelector("[data-tone]");
    if (!box) return;
    const note = document.createElement("p");
    note.className = "desk-again desk-note";
    note.textContent = sentence;
    box.querySelector(".desk-note")?.remove();
    box.prepend(note);
    beep();
  }

  // On a phone the answer may stand below the edge of the screen, or behind the keyboard.
  function bringIntoView() {
    const height = window.visualViewport?.height ?? window.innerHeight;
    if (answer.getBoundingClientRect().bottom > height) form.scrollIntoView({ block: "start" });
  }

  function show(html, acted) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const found = page.querySelector("[data-tone]");
    if (!found) return false;
    const here = document.importNode(found, true);
    const newStrip = here.querySelector("[data-person]");
    if (newStrip) strip.replaceChildren(newStrip);
    answer.replaceChildren(here);
    const { tone, sentence, volume } = here.dataset;
    if (acted || tone === "refused") {
      remember(tone, volume && !sentence.includes(volume) ? `${volume}: ${sentence}` : sentence);
    }
    if (acted && tone === "ok") document.getElementById("desk-stale").hidden = false;
    if (tone === "refused" || tone === "ask") beep();
    return true;
  }

  async function send(address, options, acted, code) {
    busy = true;
    desk.setAttribute("aria-busy", "true");
    try {
      const stop = new AbortController();
      const late = setTimeout(() => stop.abort(), PATIENCE);
      let response, text;
      try {
        response = await fetch(address, {
          ...options, credentials: "same-origin", cache: "no-store", signal: stop.signal,
          headers: { Accept: "application/json, text/html;q=0.5" },
        });
        text = await response.text();
      } finally {
        clearTimeout(late);
      }
      unsent = null;
      if (response.status === 401) tell("refused", words.loggedOut, { address: window.location.href, text: words.logIn });
      else if (!show(text, acted)) tell("refused", words.failed);
    } catch {
      lost(acted ? () => send(address, options, acted) : null, code);
    } finally {
      busy = false;
      desk.removeAttribute("aria-busy");
    }
    if (waiting.length && !unsent) {
      look(waiting.shift());
      return;
    }
    const reason = answer.querySelector("[data-tone=refused] input[name=remark], [data-tone=refused] [name=override_reason]");
    if (reason && acted && !unsent && !field.value) reason.focus();
    else focusField();
    bringIntoView();
  }

  // No answer came. What changed something waits for the person's word; a code that was only looked up stays in the
  // field. Of what was scanned after it nothing is sent, and each code is named.
  function lost(again, code) {
    unsent = again;
    const sentence = again ? words.lostAct : words.lostLook;
    tell("lost", sentence);
    remember("lost", code ? `${code}: ${sentence}` : sentence);
    for (const other of waiting.splice(0)) remember("lost", filled(words.dropped, other));
    if (code && !field.value) {
      field.value = code;
      field.select();
    }
  }

  async function look(code) {
    const query = new URLSearchParams({ code });
    if (person()) query.set("person", person());
    const passedOver = mainForm() && about().toUpperCase() !== code.toUpperCase() ? filled(words.onlyLooked, about()) : "";
    if (passedOver) remember("ask", passedOver);
    await send(`${words.look}?${query}`, { method: "GET" }, false, code);
    if (passedOver) add(passedOver);
  }

  function act(pending) {
    const data = new FormData(pending);
    if (person()) data.set("person", person());
    return send(pending.action, { method: "POST", body: data }, true);
  }

  function take(code) {
    if (unsent) { // A reader presses Enter by itself: that is nobody's word that it may be sent again.
      tell("lost", words.lostAct);
      add(filled(words.dropped, code));
      remember("lost", filled(words.dropped, code));
      focusField();
    } else if (busy) {
      waiting.push(code);
    } else {
      look(code);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = field.value.trim();
    field.value = ""; // Free for the next code at once, whatever the network does.
    if (code) {
      take(code);
      return;
    }
    if (busy) return;
    if (unsent) {
      unsent();
      return;
    }
    const pending = mainForm();
    if (!pending) return;
    if (pending.dataset.deskMain === "ask") {
      (pending.querySelector("[name=override_reason]") || pending.querySelector("button")).focus();
    } else {
      pending.requestSubmit();
    }
  });

  answer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy && !unsent) act(event.target);
  });

  // What a reader types while a remark, a count, a button or a link has the focus.
  const changed = (control) =>
    control.type === "checkbox" ? control.checked !== control.defaultChecked
      : control.tagName === "SELECT" ? [...control.options].some((option) => option.selected !== option.defaultSelected)
        : control.tagName === "INPUT" && control.type !== "hidden" && control.value !== control.defaultValue;
  const reading = { keys: "", at: 0, where: null, before: "" };

  function listen(event) {
    const { target, key } = event;
    const pause = event.timeStamp - reading.at;
    reading.at = event.timeStamp;
    if (key.length === 1) {
      if (pause > READER || target !== reading.where) Object.assign(reading, { keys: "", where: target, before: target.value });
      reading.keys += key;
      return;
    }
    if (key === "Shift") return; // Some readers hold it for capitals.
    const code = key === "Enter" && pause <= READER && target === reading.where && CODE.exec(reading.keys)?.[0];
    const typed = reading.keys;
    reading.keys = "";
    if (!code) return;
    event.preventDefault();
    if (target.form && answer.contains(target)) {
      const kept = typed.slice(0, -code.length); // Somebody may have typed just before the reader did.
      target.value = target.type === "text" ? reading.before + kept : reading.before;
      if ([...target.form.elements].some(changed)) {
        add(filled(words.firstThis, code));
        return;
      }
    }
    take(code);
  }

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Enter" && event.repeat && desk.contains(target)) { // A key held down is not pressed again.
      event.preventDefault();
      return;
    }
    if (target !== field && (desk.contains(target) || target.matches("a, button, summary"))) {
      listen(event);
      if (event.defaultPrevented) return;
    }
    if (key === "Escape" && desk.contains(target)) {
      if (!unsent) {
        answer.replaceChildren();
        if (!field.value) strip.replaceChildren();
      } else {
        unsent = null;
        tell("lost", words.givenUp);
      }
      waiting = [];
      field.value = "";
      focusField();
      event.preventDefault();
    } else if (key === "Tab" && !event.shiftKey && target === field && !field.value) {
      const next = mainForm()?.querySelector(DETAILS) || strip.querySelector("[data-desk-next]") || answer.querySelector("[data-desk-next], a");
      if (next) {
        next.focus();
        next.select?.();
        event.preventDefault();
      }
    } else if (key === "Enter" && target.tagName === "SELECT" && answer.contains(target)) {
      event.preventDefault();
      target.form.requestSubmit();
    } else if (target === document.body && key.length === 1) {
      field.focus(); // A reader that types while nothing has the focus is heard all the same.
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if (unsent) event.preventDefault();
  });

  function network() {
    document.getElementById("desk-offline").hidden = navigator.onLine;
  }
  window.addEventListener("online", network);
  window.addEventListener("offline", network);
  network();

  try {
    sound.checked = localStorage.getItem("desk-sound") !== "off";
    sound.addEventListener("change", () => localStorage.setItem("desk-sound", sound.checked ? "on" : "off"));
  } catch { /* A browser that keeps nothing: the choice lasts as long as the page. */ }
  document.getElementById("desk-sound-choice").hidden = false;
  document.getElementById("desk-keys").hidden = false;
  field.required = false;
  focusField();
})();
