// Runs before the first paint. The key and its values are the ones the admin uses, so that both sides change together.
"use strict";
(() => {
  const KEY = "adminTheme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function wanted() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || "auto";
    } catch {
      return "auto";
    }
  }

  function apply() {
    const choice = wanted();
    const dark = choice === "dark" || (choice === "auto" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.dispatchEvent(new CustomEvent("ohm:theme"));
  }

  window.ohmToggleTheme = () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, JSON.stringify(next));
    apply();
  };
  system.addEventListener("change", apply);
  apply();
})();
