// “在浏览器中核验”: the record of this page, or a file somebody kept, computed anew here. Every word stands in the page.
import { Failed, read, verify } from "./draw1.js";

const box = document.querySelector("[data-draw-check]");
const said = box.querySelector("output");
const words = (name) => box.querySelector(`template[data-say=${name}]`).content.textContent.trim();

function show(kind, text, detail = "") {
  said.className = `draw-said draw-said-${kind}`;
  said.textContent = text;
  if (!detail) return;
  const line = document.createElement("span");
  line.className = "cell-sub mono";
  line.lang = "en";
  line.textContent = detail;
  said.append(line);
}

async function check(bytes) {
  box.setAttribute("aria-busy", "true");
  show("busy", words("busy"));
  try {
    show("ok", words(await verify(read(await bytes()))));
  } catch (error) {
    if (error instanceof Failed) show("bad", words("failed").replace("{n}", error.step), error.message);
    else if (error instanceof SyntaxError) show("bad", words("unreadable"));
    else show("bad", words("unable"), String(error));
  } finally {
    box.removeAttribute("aria-busy");
  }
}

async function published() {
  const answer = await fetch(box.dataset.record);
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.arrayBuffer();
}

box.hidden = false;
box.querySelector("button").addEventListener("click", () => check(published));
box.querySelector("input").addEventListener("change", (event) => {
  const input = event.target;
  const [file] = input.files;
  if (!file) return;
  check(() => file.arrayBuffer()).then(() => {
    input.value = ""; // the same file, changed meanwhile, may be chosen again
  });
});
