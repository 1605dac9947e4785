// A photograph: the original bytes, their hash at once, the time, and the place if the phone knows it.

import { sha256 } from "./vault.js";

const PATIENCE = 10_000; // milliseconds for a position

/** `{bytes, sha256, made_at, values: {lat, lon, accuracy}}` of a file from the camera. */
export async function taken(file) {
  const made_at = new Date().toISOString();
  const bytes = await file.arrayBuffer();
  const [hash, place] = await Promise.all([sha256(bytes), position()]);
  return { bytes, sha256: hash, made_at, values: place };
}

function position() {
  return new Promise((done) => {
    if (!navigator.geolocation) return done({});
    const found = ({ coords }) =>
      done({ lat: coords.latitude.toFixed(6), lon: coords.longitude.toFixed(6), accuracy: String(Math.round(coords.accuracy)) });
    navigator.geolocation.getCurrentPosition(found, () => done({}), { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 30_000 });
  });
}

/** A small canvas with the picture; null for what this browser cannot show. */
export async function thumbnail(bytes) {
  try {
    const bitmap = await createImageBitmap(new Blob([bytes]), { resizeWidth: 240, resizeQuality: "medium" });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    return canvas;
  } catch {
    return null;
  }
}
