// What the phone keeps, it keeps sealed (AES-GCM). The key lives in this page's memory only. To open it again one needs either the
// phrase the inspector chose (without network), or the secret that the server hands to his session. Neither lies on the phone.
// docs/adr/0016 says why, and what this does not protect from.

const ROUNDS = 600_000; // PBKDF2-HMAC-SHA-256, as OWASP asks
const text = new TextEncoder();
let key = null;

export const isOpen = () => key !== null;

export function shut() {
  key = null;
}

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const bytesOf = (word) => Uint8Array.from(atob(word), (letter) => letter.charCodeAt(0));

async function fromPhrase(phrase, salt, rounds) {
  const raw = text.encode(phrase.normalize("NFKC"));
  const base = await crypto.subtle.importKey("raw", raw, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function fromSecret(secret) {
  return crypto.subtle.importKey("raw", bytesOf(secret), "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(with_, place, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: text.encode(place) };
  return { iv, data: await crypto.subtle.encrypt(how, with_, bytes) };
}

function decrypt(with_, place, sealed) {
  const how = { name: "AES-GCM", iv: sealed.iv, additionalData: text.encode(place) };
  return crypto.subtle.decrypt(how, with_, sealed.data);
}

async function take(raw) {
  key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** A new key, opened now; returns the row that is kept of it. */
export async function make({ phrase, secret, device, user }) {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const row = {
    id: "lock",
    device,
    user,
    salt: base64(salt),
    rounds: ROUNDS,
    tries: 0,
    byPhrase: await encrypt(await fromPhrase(phrase, salt, ROUNDS), "lock/phrase", raw),
    bySecret: await encrypt(await fromSecret(secret), "lock/secret", raw),
  };
  await take(raw);
  return row;
}

/** Open with the phrase. False: it is not the phrase. */
export async function openByPhrase(row, phrase) {
  if (!row.byPhrase) return false;
  const wrapping = await fromPhrase(phrase, bytesOf(row.salt), row.rounds);
  try {
    await take(await decrypt(wrapping, "lock/phrase", row.byPhrase));
    return true;
  } catch {
    return false;
  }
}

/** Open with the server's secret. False: it does not fit. */
export async function openBySecret(row, secret) {
  try {
    await take(await decrypt(await fromSecret(secret), "lock/secret", row.bySecret));
    return true;
  } catch {
    return false;
  }
}

/** `value` sealed for `place` ("records/<id>"): elsewhere it does not open. */
export function seal(place, value) {
  return encrypt(key, place, text.encode(JSON.stringify(value)));
}

export function sealBytes(place, bytes) {
  return encrypt(key, place, bytes);
}

export async function unseal(place, sealed) {
  return JSON.parse(new TextDecoder().decode(await decrypt(key, place, sealed)));
}

export function unsealBytes(place, sealed) {
  return decrypt(key, place, sealed);
}

/** SHA-256 of the bytes, hexadecimal. */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
