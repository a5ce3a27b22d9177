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

  // The form is wrong, not the file: what the server's page says of its fields stands here as well, in place. The
  // files are still chosen here, so that they are missing there is no news.
  function showErrors(fresh) {
    const box = fresh.querySelector(":scope > .wrong");
    box?.querySelector(`a[href="#${files.id}"]`)?.closest("li").remove();
    for (const wrong of fresh.querySelectorAll(".field-wrong")) {
      const control = wrong.querySelector("input, select, textarea");
      const here = control.id !== files.id && document.getElementById(control.id);
      if (here) here.closest(".field").replaceWith(wrong);
    }
    const said = box ? Array.from(box.querySelectorAll("li"), (it) => it.textContent.trim()).join(" ") : "";
    if (box) form.prepend(box);
    return said;
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
    if (request.status === 413) return end(row, "upload-refused error", say.sayLarge);
    if (request.status === 400) return end(row, "upload-refused error", say.sayStale);
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (page.querySelector("input[type=password]")) return end(row, "upload-refused error", say.sayStale);
    if (request.status === 200) return end(row, "upload-filed", say.sayFiled, request.responseURL);
    const fresh = page.querySelector("form[data-upload]");
    const said = fresh ? showErrors(fresh) : page.querySelector("main [role=alert]")?.textContent.trim();
    end(row, "upload-refused error", said || say.sayLost);
    return fresh ? null : false; // Null: the other files would be told the same.
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
      request.addEventListener("load", () => done(judge(request, row)));
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
    let formIsWrong = false;
    for (const file of Array.from(files.files)) {
      number += 1;
      const filed = !formIsWrong && await send(file, number);
      formIsWrong ||= filed === null;
      if (!filed) refused.items.add(file);
    }
    // What was refused stays chosen, so that it can be sent again; what is filed is not sent twice.
    files.files = refused.files;
    form.querySelector("[data-done]").hidden = formIsWrong;
    button.disabled = false;
    form.querySelector("[aria-invalid=true]")?.focus();
  });
})();
