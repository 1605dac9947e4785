// DRAW1 checked in the browser: a third program beside draw.py and verifier.py, written from the specification (docs/supervision.md).
// read(bytes) gives the record of a file, verify(record) resolves; both reject with Failed{step}. Hashes are the browser's own
// (crypto.subtle); nothing leaves the page.

const utf8 = new TextEncoder();
const LARGEST = Number.MAX_SAFE_INTEGER;
const FORMS = {
  objects: { id: "text", org: "text", stratum: "text", district: "text", need: "list" },
  inspectors: { id: "text", skills: "list", districts: "list", recuse: "list", load: "count" },
};
// Order of the numbers, lowest, highest, how many (0: as declared), whether one may come twice, family.
const SOURCES = {
  dice: ["as-rolled", 0, 9, 0, true, "dice"],
  双色球红球: ["ascending", 1, 33, 6, false, "双色球"],
  双色球蓝球: ["ascending", 1, 16, 1, false, "双色球"],
};

export class Failed extends Error {
  constructor(step, what) {
    super(what);
    this.step = step;
  }
}

function need(holds, step, what) {
  if (!holds) throw new Failed(step, what);
}

const isText = (value) => typeof value === "string";
const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const whole = (value, low = 0, high = LARGEST) => Number.isSafeInteger(value) && value >= low && value <= high;
const has = (map, name) => Object.hasOwn(map, name);
const given = (map, name, other) => (has(map, name) ? map[name] : other); // null is given, and is no list and no text

// --- the file ---

// A text (with the colon after it, where it is a name), a number, or where a map begins and ends; of valid JSON nothing else matters.
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?\d[\d.eE+-]*|[{}]/g;
const NOT_WHOLE = "1e999";

/**
 * The record in a file: UTF-8 and JSON, else SyntaxError. JSON.parse alone would keep the last of two equal names and read 3.0 as 3,
 * so that two people could read one file differently: the first fails at step 10, and 3.0 is left as a number that no step accepts.
 */
export function read(bytes) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SyntaxError("not UTF-8");
  }
  JSON.parse(text);
  const open = [];
  const plain = text.replace(TOKEN, (token, colon) => {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon) {
      const name = JSON.parse(token.slice(0, -colon.length));
      need(!open.at(-1).has(name), 10, `the name ${name} comes twice`);
      open.at(-1).add(name);
    } else if (!token.startsWith('"') && /[.eE]/.test(token)) return NOT_WHOLE;
    return token;
  });
  return JSON.parse(plain);
}

// --- bytes ---

function order(a, b) {
  const n = Math.min(a.length, b.length);
  for (let at = 0; at < n; at += 1) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(value, step, name) {
  need(isText(value) && /^[0-9a-f]{64}$/.test(value), step, `${name} is not 64 hex digits`);
  return Uint8Array.from(value.match(/../g), (pair) => parseInt(pair, 16));
}

function joined(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
}

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

async function signer(key) {
  const made = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return async (message) => new Uint8Array(await crypto.subtle.sign("HMAC", made, message));
}

/** RFC 8785 for text, whole numbers, lists and maps. */
function jcs(value, step) {
  if (isText(value)) {
    need(value.isWellFormed?.() ?? !/\p{Surrogate}/u.test(value), step, "a text is not Unicode");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    need(Number.isSafeInteger(value), step, `${value} is not a whole number`);
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((one) => jcs(one, step)).join(",")}]`;
  need(isMap(value), step, `${value} is neither text, whole number, list nor map`);
  return `{${Object.keys(value).sort().map((name) => `${jcs(name, step)}:${jcs(value[name], step)}`).join(",")}}`;
}

const sameValue = (a, b, step) => jcs(a, step) === jcs(b, step);

function word(value, step, where) {
  need(isText(value) && value !== "" && !value.includes("\0"), step, `${where}: not a text`);
  jcs(value, step);
  need(value.normalize("NFC") === value, step, `${where}: ${value} is not in Unicode form NFC`);
}

// --- 1 to 3 ---

function checkPlan(plan) {
  need(isMap(plan), 1, "the plan is missing");
  word(plan.id, 1, "plan id");
  need(whole(plan.min_ppm, 50_000, 1_000_000), 1, "min_ppm is not between 50000 and 1000000");
  need(isMap(plan.strata), 1, "strata are missing");
  for (const [name, rule] of Object.entries(plan.strata)) {
    word(name, 1, "stratum");
    need(isMap(rule) && whole(rule.ppm, 0, 1_000_000) && whole(rule.min), 1, `stratum ${name}: ppm or min`);
  }
  need(plan.per_visit === 2, 1, "per_visit is not 2");
  need(whole(plan.cap) && whole(plan.rounds, 1), 1, "cap or rounds is not a count");
}

function checkRows(kind, rows) {
  need(Array.isArray(rows), 2, `${kind} are missing`);
  const seen = new Set();
  const form = Object.entries(FORMS[kind]);
  for (const row of rows) {
    const fits = isMap(row) && Object.keys(row).length === form.length && form.every(([name]) => has(row, name));
    need(fits, 2, `${kind}: a row has other fields`);
    for (const [name, what] of form) {
      const value = row[name];
      if (what === "count") need(whole(value), 2, `${kind} ${row.id}: ${name}`);
      else {
        need(what === "text" ? isText(value) : Array.isArray(value), 2, `${kind} ${row.id}: ${name}`);
        for (const one of what === "text" ? [value] : value) word(one, 2, kind);
      }
    }
    need(!seen.has(row.id), 2, `${kind}: ${row.id} is listed twice`);
    seen.add(row.id);
  }
  return seen;
}

async function roster(kind, rows) {
  const lines = rows.map((row) => [utf8.encode(row.id), utf8.encode(`${jcs(row, 2)}\n`)]);
  lines.sort((a, b) => order(a[0], b[0]));
  const bytes = joined(utf8.encode(`DRAW1/roster/${kind}\n`), ...lines.map((line) => line[1]));
  return { n: rows.length, sha256: hex(await sha256(bytes)) };
}

async function checkPromises(record) {
  const doc = record.commit_doc;
  need(isMap(doc), 3, "commit_doc is missing");
  checkPlan(doc.plan);
  const listed = new Set();
  for (const kind of ["objects", "inspectors"]) for (const id of checkRows(kind, record[kind])) listed.add(id);
  for (const kind of ["objects", "inspectors"]) {
    need(has(doc, kind) && sameValue(doc[kind], await roster(kind, record[kind]), 2), 2, `${kind}: count or hash of the roster`);
  }
  for (const row of given(record, "excluded", [])) {
    const reasons = isMap(row) ? Object.entries(row).filter(([name, why]) => name !== "id" && isText(why) && why) : [];
    need(reasons.length, 2, "excluded: no reason given");
    word(row.id, 2, "excluded: id");
    need(!listed.has(row.id), 2, `excluded: ${row.id} is in a roster as well`);
  }
  need(doc.alg === "DRAW1-SHA256", 3, `unknown algorithm ${doc.alg}`);
  need(isMap(doc.otc) && doc.otc.n === 16, 3, "otc.n is not 16");
  const committed = await sha256(utf8.encode(`DRAW1/commit\n${jcs(doc, 3)}`));
  need(record.commit_hash === hex(committed), 3, "commit_hash");
  const reveal = bytesOf(record.reveal, 5, "reveal");
  need(hex(await sha256(reveal)) === doc.otc.commit, 5, "hash of the reveal");
  return { committed, reveal };
}

// --- 4 to 6 ---

function chosen(n, k) {
  let found = 1n;
  for (let at = 1n; at <= BigInt(k); at += 1n) found = (found * (BigInt(n) - at + 1n)) / at;
  return found;
}

function entropyText(declared, values) {
  need(Array.isArray(declared) && Array.isArray(values), 4, "entropy is missing");
  need(declared.length === values.length, 4, "sources declared and given differ in number");
  let text = "";
  let outcomes = 1n;
  const [families, seen] = [new Set(), new Set()];
  declared.forEach((source, at) => {
    const numbers = values[at];
    need(isMap(source) && isText(source.src) && isText(given(source, "issue", "")), 4, "not a source");
    const name = source.src;
    const known = has(SOURCES, name);
    const [wanted, low, high, count, again, family] = known ? SOURCES[name] : [source.order, 0, LARGEST, 0, true, name];
    need(["as-rolled", "ascending"].includes(source.order) && source.order === wanted, 4, `source ${name}: order`);
    need(Array.isArray(numbers) && numbers.length && numbers.every((n) => whole(n, low, high)), 4, `source ${name}: numbers`);
    need(given(source, "count", numbers.length) === numbers.length, 4, `source ${name}: how many numbers`);
    need(!known || (count ? source.issue : source.count), 4, `source ${name}: not fixed beforehand`);
    need(!count || numbers.length === count, 4, `source ${name}: not ${count} numbers`);
    need(again || new Set(numbers).size === numbers.length, 4, `source ${name}: a number comes twice`);
    const issue = `${name}/${source.issue ?? ""}`;
    need(!seen.has(issue), 4, `source ${issue} is declared twice`);
    seen.add(issue);
    families.add(`${family}/${source.issue ?? ""}`);
    if (known) outcomes *= again ? BigInt(high - low + 1) ** BigInt(numbers.length) : chosen(high - low + 1, numbers.length);
    const said = source.order === "ascending" ? [...numbers].sort((a, b) => a - b) : numbers;
    text += `${said.map((n) => `${n}.`).join("")}/`;
  });
  need(families.size >= 2, 4, "fewer than two independent sources");
  need(outcomes >= 2n ** 64n, 4, "the sources together give less than 64 bits");
  return text;
}

async function ticketer(committed, reveal, text) {
  const entropy = utf8.encode(text);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, entropy.length);
  const key = await (await signer(reveal))(joined(committed, size, entropy));
  const sign = await signer(key);
  return { key, ticket: (...parts) => sign(utf8.encode(`${["DRAW1", ...parts].join("\0")}\x01`)) };
}

/** The rows with their ticket and the bytes of their id, in order of both. */
async function inOrder(rows, ticketOf) {
  const made = await Promise.all(rows.map(async (row) => [await ticketOf(row), utf8.encode(row.id), row]));
  made.sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]));
  return made.map((one) => one[2]);
}

// --- 7, 8 ---

async function samples(plan, objects, ticket) {
  const names = Object.keys(plan.strata).sort((a, b) => order(utf8.encode(a), utf8.encode(b)));
  const pools = new Map(names.map((name) => [name, objects.filter((row) => row.stratum === name)]));
  const stray = objects.find((row) => !pools.has(row.stratum));
  need(!stray, 2, `objects ${stray?.id}: its stratum is not in the plan`);
  const share = (n, ppm) => Math.ceil((n * ppm) / 1_000_000);
  const sizes = new Map(names.map((name) => {
    const [n, rule] = [pools.get(name).length, plan.strata[name]];
    return [name, Math.min(n, Math.max(rule.min, share(n, rule.ppm)))];
  }));
  const wanted = share(objects.length, plan.min_ppm);
  const rank = (name) => BigInt(sizes.get(name)) * BigInt(objects.length) - BigInt(wanted) * BigInt(pools.get(name).length);
  for (let left = wanted - [...sizes.values()].reduce((a, b) => a + b, 0); left > 0; left -= 1) {
    const open = names.filter((name) => sizes.get(name) < pools.get(name).length);
    const least = open.reduce((best, name) => (rank(name) < rank(best) ? name : best));
    sizes.set(least, sizes.get(least) + 1);
  }
  const [selected, reserve] = [[], {}];
  for (const name of names) {
    const sorted = await inOrder(pools.get(name), (row) => ticket("object", name, row.id));
    selected.push(...sorted.slice(0, sizes.get(name)));
    reserve[name] = sorted.slice(sizes.get(name)).map((row) => row.id);
  }
  return { sizes: Object.fromEntries(sizes), selected, reserve };
}

const mayGo = (one, visit) =>
  one.districts.includes(visit.district) && !one.recuse.includes(visit.id) && !one.recuse.includes(visit.org);
const skilled = (one, visit) => visit.need.every((skill) => one.skills.includes(skill));
const queueOf = (people, visit, round, ticket) =>
  inOrder(people.filter((one) => mayGo(one, visit)), (one) => ticket("inspector", String(round), visit.id, one.id));

async function pairs(plan, visits, people, ticket) {
  let best = null;
  const width = new Map(visits.map((visit) => [visit.id, people.filter((one) => mayGo(one, visit) && one.load < plan.cap).length]));
  for (let round = 0; round < plan.rounds; round += 1) {
    const load = new Map(people.map((one) => [one.id, one.load]));
    const sorted = await inOrder(visits, (visit) => ticket("order", String(round), visit.id));
    sorted.sort((a, b) => width.get(a.id) - width.get(b.id)); // stable: ticket and id decide among equals
    const found = { round, assigned: {}, unassignable: [] };
    for (const visit of sorted) {
      const free = (await queueOf(people, visit, round, ticket)).filter((one) => load.get(one.id) < plan.cap);
      const lead = free.find((one) => skilled(one, visit));
      const second = free.find((one) => one !== lead);
      if (!lead || !second) found.unassignable.push(visit.id);
      else {
        found.assigned[visit.id] = [lead.id, second.id];
        for (const one of [lead, second]) load.set(one.id, load.get(one.id) + 1);
      }
    }
    if (!best || found.unassignable.length < best.unassignable.length) best = found;
    if (!found.unassignable.length) break;
  }
  return best;
}

// --- 9, 10 ---

async function checkSubstitutions(record, ticket) {
  const { plan } = record.commit_doc;
  const visits = new Map(record.objects.map((row) => [row.id, row]));
  const teams = new Map(Object.entries(record.assigned).map(([id, team]) => [id, [...team]]));
  const load = new Map(record.inspectors.map((one) => [one.id, one.load]));
  for (const team of teams.values()) for (const id of team) load.set(id, load.get(id) + 1);
  const gone = new Map();
  for (const change of given(record, "substitutions", [])) {
    need(isMap(change) && change.reason && change.approver, 9, "a substitution without reason or approver");
    const team = teams.get(change.object);
    need(team?.includes(change.out), 9, `${change.out} is not on the visit to ${change.object}`);
    const visit = visits.get(change.object);
    const slot = team.indexOf(change.out);
    const off = gone.get(change.object) ?? gone.set(change.object, new Set()).get(change.object);
    off.add(change.out);
    const line = await queueOf(record.inspectors, visit, record.round, ticket);
    const next = line.slice(line.findIndex((one) => one.id === change.out) + 1).find(
      (one) => load.get(one.id) < plan.cap && (slot || skilled(one, visit)) && !off.has(one.id) && !team.includes(one.id),
    );
    need(change.in === (next?.id ?? null), 9, `${change.object}: in is ${change.in}, must be ${next?.id ?? null}`);
    team[slot] = change.in;
    load.set(change.out, load.get(change.out) - 1);
    if (next) load.set(next.id, load.get(next.id) + 1);
  }
}

/** Every step of a published record. ``told(step)`` is called as each holds. */
export async function verify(record, told = () => {}) {
  need(isMap(record), 10, "the record is not a JSON object");
  for (const name of ["excluded", "substitutions"]) need(Array.isArray(given(record, name, [])), 10, `${name} is not a list`);
  const { committed, reveal } = await checkPromises(record);
  told(3);
  if (has(record, "cancelled")) {
    need(isMap(record.cancelled) && isText(record.cancelled.reason) && record.cancelled.reason, 9, "cancelled without a reason");
    return "cancelled";
  }
  const text = entropyText(record.commit_doc.entropy, record.entropy_values);
  if (has(record, "entropy")) need(record.entropy === text, 4, "entropy");
  told(4);
  const { key, ticket } = await ticketer(committed, reveal, text);
  need(record.prk === hex(key), 5, "prk");
  told(5);
  const { plan } = record.commit_doc;
  const drawn = await samples(plan, record.objects, ticket);
  const ids = { ...drawn, selected: drawn.selected.map((row) => row.id) };
  for (const name of ["sizes", "selected", "reserve"]) need(has(record, name) && sameValue(record[name], ids[name], 7), 7, name);
  told(7);
  const found = await pairs(plan, drawn.selected, record.inspectors, ticket);
  for (const name of ["round", "assigned", "unassignable"]) need(has(record, name) && sameValue(record[name], found[name], 8), 8, name);
  told(8);
  await checkSubstitutions(record, ticket);
  told(9);
  return "ok";
}
