// Sends each chosen file by itself and shows how far it is; without this, the form sends them all at once.
(function () {
  "use strict";
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const files = form.querySelector("input[type=file]");
  const list = form.querySelector(".uploads");
  const button = form.querySelector("button[type=submit]");
  const twins = form.querySelector("[data-twins]");
  const say = form.dataset;
  let tries = 0;

  // What the server said of an earlier sending is no longer true.
  function clearErrors() {
    form.querySelectorAll(":scope > .wrong, .field > .error, .field fieldset > .error").forEach((it) => it.remove());
    form.querySelectorAll(".field-wrong").forEach((it) => it.classList.remove("field-wrong"));
    for (const control of form.querySelectorAll(".is-invalid")) {
      control.classList.remove("is-invalid");
      control.removeAttribute("aria-invalid");
      const told = control.getAttribute("aria-describedby").replace(`${control.id}-error`, "").trim();
      if (told) control.setAttribute("aria-describedby", told);
      else control.removeAttribute("aria-describedby");
    }
  }

  function line(file) {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    const bar = document.createElement("progress");
    const words = document.createElement("span");
    name.textContent = file.name;
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    item.append(name, " ", bar, " ", words);
    list.append(item);
    return { item, bar, words };
  }

  function end(row, kind, text, address) {
    row.bar.remove();
    row.item.className = kind;
    row.words.textContent = text;
    if (address) {
      const link = document.createElement("a");
      link.href = address;
      link.textContent = say.sayShow;
      row.words.append(" ", link);
    }
    return kind === "upload-filed";
  }

  function judge(request, row) {
    let answer = null;
    try { answer = JSON.parse(request.responseText); } catch { /* A page: sent twice, or an error page. */ }
    if (answer && answer.filed && answer.filed.length) {
      return end(row, "upload-filed", say.sayFiled, answer.filed[0].address);
    }
    if (answer && answer.refused && answer.refused.length) {
      const refused = answer.refused[0];
      if (refused.twin) twins.hidden = false;
      row.item.querySelector("strong").remove(); // The message names the file.
      return end(row, "upload-refused error", refused.message, refused.twin);
    }
    if (request.status === 200) return end(row, "upload-filed", say.sayFiled, request.responseURL);
    if (request.status === 400) return end(row, "upload-refused error", say.sayStale);
    if (request.status === 413) return end(row, "upload-refused error", say.sayLarge);
    return null;
  }

  function send(file, number) {
    const row = line(file);
    if (file.size > Number(say.mostBytes)) {
      return Promise.resolve(end(row, "upload-refused error", say.sayLarge));
    }
    const data = new FormData(form);
    data.delete(files.name);
    data.append(files.name, file);
    data.set("once", `${form.elements.once.value}-${tries}-${number}`);
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) row.bar.value = 100 * event.loaded / event.total;
        row.words.textContent = event.loaded < event.total ? say.saySending : say.sayChecking;
      });
      request.addEventListener("load", () => {
        const filed = judge(request, row);
        done(filed === null ? end(row, "upload-refused error", say.sayLost) : filed);
      });
      request.addEventListener("error", () => done(end(row, "upload-refused error", say.sayLost)));
      request.send(data);
    });
  }

  form.addEventListener("submit", async (event) => {
    const dated = form.elements.dated;
    // What the form itself lacks, the server says best: in place, on the page.
    if (!files.files.length || !dated.value || !form.elements.kind.value) return;
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    tries += 1;
    list.replaceChildren();
    clearErrors();
    const refused = new DataTransfer();
    let number = 0;
    for (const file of Array.from(files.files)) {
      number += 1;
      if (!await send(file, number)) refused.items.add(file);
    }
    // What was refused stays chosen, so that it can be sent again; what is filed is not sent twice.
    files.files = refused.files;
    form.querySelector("[data-done]").hidden = false;
    button.disabled = false;
  });
})();
