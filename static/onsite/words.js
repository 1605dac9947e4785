// Words and pieces of the page. Every sentence stands in the page's own template, in the reader's language; nothing is built from HTML text.

/** The sentence `name`, with {n} and the like filled in. */
export function say(name, values = {}) {
  const found = document.querySelector("#words").content.querySelector(`[data-word="${name}"]`);
  return found.textContent.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** A copy of the template `id`; `values` fill its slots (`data-slot`): text, or a node. An empty value removes the slot. */
export function stamp(id, values = {}) {
  const node = document.querySelector(`#${id}`).content.firstElementChild.cloneNode(true);
  for (const [name, value] of Object.entries(values)) {
    const slots = [...node.querySelectorAll(`[data-slot="${name}"]`)];
    if (node.dataset.slot === name) slots.push(node);
    for (const slot of slots) {
      if (value === "" || value === null || value === undefined) slot.remove();
      else if (value instanceof Node) slot.replaceChildren(value);
      else slot.textContent = value;
    }
  }
  return node;
}

/** Call `act` when the part `name` (`data-act`) of `node` is pressed. */
export function on(node, name, act) {
  for (const part of node.querySelectorAll(`[data-act="${name}"]`)) part.addEventListener("click", act);
}

/** A day or a moment as people read it here. */
export function when(iso) {
  const lang = document.documentElement.lang;
  return new Date(iso).toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" });
}

/** Several names in one sentence, as the reader's language strings them together. */
export function listed(names) {
  return new Intl.ListFormat(document.documentElement.lang, { type: "conjunction" }).format(names);
}

/** Today's day by the phone, YYYY-MM-DD. */
export function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}
