// The image beside the text that is corrected: zoomed as in the viewer, turned without losing what is typed.
import { Zoom } from "./viewer-zoom.js";

const viewer = document.getElementById("viewer");
const stage = document.getElementById("stage");
const status = document.getElementById("viewer-status");
const zoom = new Zoom(viewer);

const part = (name, within = viewer) => within.querySelector(`[data-part="${name}"]`);
const reveal = () => viewer.querySelectorAll("[data-needs-script]").forEach((it) => { it.hidden = false; });

async function turned(form, submitter) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, submitter)) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return answer.ok && part("sheet", page.body) ? page : null;
}

viewer.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  const page = await turned(form, submitter).catch(() => null);
  status.textContent = page ? "" : viewer.dataset.failed;
  if (!page) return;
  for (const name of ["sheet", "turn"]) part(name).replaceWith(part(name, page.body));
  reveal();
  zoom.attach(stage);
  document.getElementById(submitter.id).focus({ preventScroll: true });
});

reveal();
