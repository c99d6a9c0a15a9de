// The print button of a sheet, shown only where script runs.
document.querySelectorAll("[data-shilian-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
