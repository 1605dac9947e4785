// Enhancement only: every page works without this file.
// A second press of a submit button waits (the server refuses a repeated key anyway); print buttons appear.
// What lies unsent on this device goes when one signs out (Clear-Site-Data): the page that keeps it says so and is shown first.
document.addEventListener("submit", (event) => {
  const waiting = event.target.matches("[data-sign-out]") && localStorage.getItem("unsent-at");
  if (!waiting) return;
  event.preventDefault();
  window.location.assign(waiting);
}, true);
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 8000) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = String(Date.now());
  form.setAttribute("aria-busy", "true");
});
// A page that comes back from the history must be usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
