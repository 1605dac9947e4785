// The forms of a visit. What is typed is kept, sealed, while it is typed; pressing the button makes it ready to be sent.

import { taken, thumbnail } from "./camera.js";
import { pad } from "./pad.js";
import { problem, show } from "./screens.js";
import * as store from "./store.js";
import { sha256 } from "./vault.js";
import { listed, on, say, stamp, today } from "./words.js";

const SAVE_AFTER = 400; // milliseconds after the last key

/** A labelled control named `name`; `options` (code, text) makes it a select. */
function field(kind, name, label, { value = "", options = null } = {}) {
  const node = stamp(`field-${kind}`, { label });
  const control = node.querySelector("input, select, textarea");
  control.name = name;
  control.id = `f-${name}`;
  node.querySelector("label").htmlFor = control.id;
  if (options) control.append(new Option(say("choose"), ""), ...options.map(({ code, text }) => new Option(text, code)));
  if (kind === "check") control.checked = value === "on";
  else control.value = value;
  return node;
}

function words(form) {
  const rows = document.querySelector(`#${form}-words`).content.querySelectorAll("[data-name]");
  return Object.fromEntries([...rows].map((row) => [row.dataset.name, row.textContent]));
}

/** Name → text of every control; a box that is not ticked is not there. */
function valuesOf(node) {
  const found = {};
  for (const control of node.querySelectorAll("form [name]")) {
    if (control.type !== "checkbox") found[control.name] = control.value.trim();
    else if (control.checked) found[control.name] = "on";
  }
  return found;
}

/** The record to go on with: the one asked for, the draft, or a new one. */
async function begin(visit, kind, id, extra = {}) {
  const records = await store.readAll("records");
  const fits = (row) => row.visit === visit.id && row.kind === kind && Boolean(row.photo) === Boolean(extra.photo);
  const open = records.filter((row) => fits(row) && ["draft", "rejected"].includes(row.state));
  const found = id ? open.find((row) => row.id === id) : open.find((row) => row.state === "draft") ?? (kind === "evidence" ? null : open[0]);
  const seq = Math.max(0, ...records.map((row) => row.seq)) + 1;
  const body = { number: visit.body.number, made_at: "", values: {}, hashes: {}, strokes: {} };
  return found ?? { id: crypto.randomUUID(), visit: visit.id, kind, seq, state: "draft", ...extra, body };
}

/** Wire a form: saved while typing, checked and made ready when submitted. */
function wire(node, record, visit, house, { missing, finish = async () => ({}), draft = true }) {
  const back = `#/v/${visit.id}`;
  node.querySelector("[data-slot=back]").href = back;
  const form = node.querySelector("form");
  let timer = 0;
  let over = false;
  const save = async () => {
    clearTimeout(timer);
    if (over || !draft) return;
    record.body = { ...record.body, made_at: record.body.made_at || new Date().toISOString(), values: { ...record.body.values, ...valuesOf(node) } };
    await store.saveRecord(record).catch(() => problem(node, say("full")));
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (over) return;
    const values = { ...record.body.values, ...valuesOf(node) };
    for (const box of node.querySelectorAll("form [type=checkbox]")) if (!box.checked) delete values[box.name];
    const names = missing(values);
    if (names.length) return problem(node, say("missing", { names: listed(names) }));
    over = true;
    clearTimeout(timer);
    try {
      const files = await finish(values);
      record.body = { ...record.body, made_at: record.body.made_at || new Date().toISOString(), values, reasons: undefined };
      for (const [name, bytes] of Object.entries(files)) record.body.hashes[name] = await sha256(bytes);
      await store.saveRecord({ ...record, state: "ready" }, files);
    } catch {
      over = false;
      return problem(node, say("full"));
    }
    location.hash = back;
    return house.send();
  });
  show(node);
  return save;
}

export async function arrive(visit, id, house) {
  const record = await begin(visit, "arrive", id);
  const { values } = record.body;
  const label = words("arrive");
  const node = stamp("arrive");
  node.querySelector("[data-slot=fields]").append(
    field("date", "on", label.on, { value: values.on || today() }),
    field("check", "lead_shown", label.lead_shown, { value: values.lead_shown }),
    field("check", "second_shown", label.second_shown, { value: values.second_shown }),
    field("text", "met", label.met, { value: values.met }),
  );
  const missing = (now) => Object.keys(label).filter((name) => !now[name]).map((name) => label[name]);
  wire(node, record, visit, house, { missing });
}

export async function talk(visit, id, house) {
  const record = await begin(visit, "evidence", id);
  const { values } = record.body;
  const label = words("talk");
  const node = stamp("talk");
  node.querySelector("[data-slot=fields]").append(
    field("text", "interviewee", label.interviewee, { value: values.interviewee }),
    field("area", "text", label.text, { value: values.text }),
  );
  const missing = (now) => Object.keys(label).filter((name) => !now[name]).map((name) => label[name]);
  wire(node, record, visit, house, { missing });
}

/** A photograph is kept when it is taken, whole; only its caption can be changed later, or another taken in its place. */
export async function photo(visit, id, house) {
  const mine = (await store.all("records")).filter((row) => row.visit === visit.id && row.photo);
  const record = await begin(visit, "evidence", id, { photo: true });
  const node = stamp("photo");
  node.querySelector("[data-slot=fields]").append(field("area", "text", words("photo").text, { value: record.body.values.text }));
  let bytes = (await store.filesOf(record.id)).photo ?? null;
  const preview = async () => bytes && node.querySelector("[data-slot=preview]").replaceChildren((await thumbnail(bytes)) ?? "");
  await preview();
  const input = node.querySelector("#shot");
  input.addEventListener("change", async () => {
    if (!input.files[0]) return;
    const shot = await taken(input.files[0]);
    bytes = shot.bytes;
    const { text } = valuesOf(node);
    record.body = { ...record.body, made_at: shot.made_at, values: { text, ...shot.values }, hashes: { photo: shot.sha256 } };
    const place = shot.values.lat ? say("position", { n: shot.values.accuracy }) : say("no-position");
    node.querySelector("[data-slot=place]").textContent = place;
    await preview();
    // from here on a browser that is killed loses nothing
    await store.saveRecord(record, { photo: bytes }).catch(() => problem(node, say("full")));
  });
  wire(node, record, visit, house, { missing: () => (bytes ? [] : [say("kind-photo")]), draft: false });
  if (!id && mine.length >= visit.body.photos) problem(node, say("too-many", { n: visit.body.photos }));
}

export async function record(visit, id, house) {
  const row = await begin(visit, "record", id);
  const { values } = row.body;
  const { items, people, results, compared, unsigned } = visit.body;
  const label = words("record");
  const node = stamp("record");
  const into = (name) => node.querySelector(`[data-slot=${name}]`);
  const harmless = (options, code) => options.find((one) => one.code === code)?.harmless ?? true;
  for (const { code, name } of items) {
    const select = field("select", `result_${code}`, name, { value: values[`result_${code}`], options: results });
    const note = field("area", `note_${code}`, label.note, { value: values[`note_${code}`] });
    into("items").append(select, note);
    follow(select, note, (chosen) => !harmless(results, chosen));
  }
  if (people.length) into("people").append(document.querySelector("#people-head").content.cloneNode(true));
  for (const { id: pk, name, post, place, pay, until } of people) {
    const box = stamp("person", { name, post: post || "—", place: place || "—", pay: pay || "—", until: until || "—" });
    const select = field("select", `person_${pk}`, label.person, { value: values[`person_${pk}`], options: compared });
    const actual = field("area", `actual_${pk}`, label.actual, { value: values[`actual_${pk}`] });
    box.querySelector("[data-slot=compare]").append(select, actual);
    follow(select, actual, (chosen) => !harmless(compared, chosen));
    into("people").append(box);
  }
  into("fields").append(field("area", "remark", label.remark, { value: values.remark }));
  const signs = [{ code: "signed", text: say("signed") }, ...unsigned];
  const signed = field("select", "signed", label.signed, { value: values.signed, options: signs });
  const signer = field("text", "signer", label.signer, { value: values.signer });
  into("signed").append(signed, signer);
  follow(signed, signer, (chosen) => chosen === "signed");

  const sheets = {};
  const boxes = {};
  let save = () => {};
  for (const by of ["lead", "second", "firm"]) {
    const index = { lead: 0, second: 1 }[by];
    const who = [say(by), visit.body.team[index]?.name].filter(Boolean).join(" ");
    boxes[by] = stamp("sign", { who });
    row.body.strokes[by] ??= [];
    const canvas = boxes[by].querySelector("canvas");
    canvas.setAttribute("aria-label", who);
    sheets[by] = pad(canvas, row.body.strokes[by], () => save());
    on(boxes[by], "clear", () => sheets[by].clear());
    into("pads").append(boxes[by]);
  }
  follow(signed, boxes.firm, (chosen) => chosen === "signed");

  const missing = (now) => {
    const names = [];
    for (const { code, name } of items) {
      if (!now[`result_${code}`]) names.push(name);
      else if (!harmless(results, now[`result_${code}`]) && !now[`note_${code}`]) names.push(`${name}（${label.note}）`);
    }
    for (const { id: pk, name } of people) {
      if (!now[`person_${pk}`] || (!harmless(compared, now[`person_${pk}`]) && !now[`actual_${pk}`])) names.push(name);
    }
    if (!now.signed) names.push(label.signed);
    if (now.signed === "signed" && !now.signer) names.push(label.signer);
    const needed = now.signed === "signed" ? ["lead", "second", "firm"] : ["lead", "second"];
    return [...names, ...needed.filter((by) => sheets[by].empty()).map((by) => say(by))];
  };
  const finish = async (now) => {
    now.both_signed = "on";
    const signers = now.signed === "signed" ? ["lead", "second", "firm"] : ["lead", "second"];
    if (now.signed !== "signed") row.body.strokes.firm = [];
    const files = {};
    for (const by of signers) files[`sign_${by}`] = await sheets[by].png();
    return files;
  };
  row.body.hashes = {};
  save = wire(node, row, visit, house, { missing, finish });
}

/** `part` is there only while the select's choice asks for it. */
function follow(select, part, needed) {
  const control = select.querySelector("select");
  const look = () => {
    part.hidden = !needed(control.value);
  };
  control.addEventListener("change", look);
  look();
}
