// Speaking with the server. What is no answer of ours is: no network, a server in trouble (later), or somebody has to sign in again.

export class NoNetwork extends Error {}
export class Later extends Error {}
export class SignIn extends Error {}
export class Closed extends Error {}

const PATIENCE = 90_000; // milliseconds; a photograph over a bad line
let token = "";

async function ask(path, form) {
  const how = { credentials: "same-origin", redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
  if (form) Object.assign(how, { method: "POST", body: form, headers: { "X-CSRFToken": token } });
  let answer;
  try {
    answer = await fetch(path, how);
  } catch {
    throw new NoNetwork();
  }
  if (answer.type === "opaqueredirect") throw new SignIn();
  if (answer.status === 410) throw new Closed();
  if (answer.status >= 500) throw new Later();
  const ours = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  return { status: answer.status, ours, body: ours ? await answer.json().catch(() => null) : null };
}

/** Who is signed in: `{user, name}`. */
export async function session() {
  const { status, body } = await ask("session/");
  if (status !== 200 || !body) throw new SignIn();
  token = body.token;
  return body;
}

async function post(path, values) {
  const form = () => {
    const made = new FormData();
    for (const [name, value] of Object.entries(values)) {
      if (Array.isArray(value)) for (const one of value) made.append(name, one);
      else if (value instanceof Blob) made.append(name, value, value.type === "image/png" ? `${name}.png` : `${name}.jpg`);
      else made.append(name, value);
    }
    return made;
  };
  if (!token) await session();
  const first = await ask(path, form());
  if (first.status !== 403 || first.ours) return first;
  await session(); // the token belonged to an earlier sign-in
  return ask(path, form());
}

/** A phone made ready (`number` empty) or opened again: `{device, secret}`. */
export async function device(number = "") {
  const { status, body } = await post("device/", { device: number });
  return status === 200 ? body : { refused: body?.reasons ?? [] };
}

/** The visits; `keep` names those of which something is unsent. */
export async function pack(number, keep) {
  const { status, body } = await post("pack/", { device: number, keep });
  if (status !== 200 || !body) throw new SignIn();
  return body;
}

/** One record: `{received: {receipt, flags, at}}` or `{rejected: [sentence]}`. */
export async function record(number, { id, visit, kind, body, files }) {
  const values = { device: number, record: id, visit, kind, body: JSON.stringify({ ...body, sent_at: new Date().toISOString() }) };
  for (const [name, bytes] of Object.entries(files)) values[name] = new Blob([bytes], { type: kindOf(bytes) });
  const answer = await post("record/", values);
  if (answer.status === 200 && answer.body) return { received: answer.body };
  if (answer.status === 403 && !answer.ours) throw new SignIn();
  return { rejected: answer.body?.reasons ?? [] };
}

export async function wiped(number) {
  await post("wipe/", { device: number });
}

/** The form of the portal's own sign-out, with a token that fits. */
export function signOut(form) {
  form.querySelector("[name=csrfmiddlewaretoken]").value = token;
  form.submit();
}

function kindOf(bytes) {
  return new Uint8Array(bytes)[0] === 0x89 ? "image/png" : "image/jpeg";
}
