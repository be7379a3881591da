// Ticking ages, the theme switch, menus, copying, and what a live page does when its socket comes and goes.
"use strict";
(() => {
  const lang = document.documentElement.lang || "en";
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const inUnit = Object.fromEntries(
    UNITS.map(([unit]) => {
      const unitDisplay = unit === "day" ? "long" : "narrow";
      return [unit, new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay })];
    }),
  );

  function age(seconds) {
    const index = UNITS.findIndex(([, size]) => seconds >= size);
    const [unit, size] = UNITS[index < 0 ? UNITS.length - 1 : index];
    const whole = Math.floor(seconds / size);
    const text = inUnit[unit].format(whole);
    const rest = unit === "hour" ? Math.floor((seconds % 3600) / 60) : 0;
    return rest ? `${text} ${inUnit.minute.format(rest)}` : text;
  }

  function tick() {
    for (const element of document.querySelectorAll("time[data-age]")) {
      const at = Date.parse(element.dateTime);
      const seconds = Math.floor((Date.now() - at) / 1000);
      if (Number.isFinite(at) && seconds >= 0) element.textContent = age(seconds);
    }
  }

  setInterval(tick, 1000);
  tick();

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-action]");
    if (target?.dataset.action === "theme") window.ohmToggleTheme();
    if (target?.dataset.action === "copy") copy(target);
    if (target?.dataset.action === "add-row") addRow(target);
    if (target?.dataset.action === "remove-row") target.closest(".nested-row").remove();
    if (target?.dataset.action === "clear") document.getElementById(target.dataset.clear).replaceChildren();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  async function copy(button) {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.classList.add("good");
    setTimeout(() => button.classList.remove("good"), 1500);
  }

  // A row of a list in a form: the list's blank, with the next number in its place.
  function addRow(button) {
    const list = button.parentElement;
    const rows = list.querySelector(":scope > [data-rows]");
    const blank = list.querySelector(":scope > template").innerHTML;
    rows.insertAdjacentHTML("beforeend", blank.replaceAll(`#${button.dataset.level}#`, rows.dataset.rows++));
  }

  // A form whose select or switch submits it by itself.
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-autosubmit]")) event.target.form.requestSubmit();
  });

  // ---- live pages ----

  const REST_MS = 3000; // a page that is told of rows it can't show would otherwise fetch itself all the time
  let wasOpen = false;
  let refreshTimer = 0;
  let refreshedAt = 0;

  function refresh() {
    clearTimeout(refreshTimer);
    const wait = Math.max(300, refreshedAt + REST_MS - Date.now());
    refreshTimer = setTimeout(() => {
      refreshedAt = Date.now();
      for (const part of document.querySelectorAll("[data-live]")) window.htmx.trigger(part, "refresh");
    }, wait);
  }

  document.addEventListener("htmx:wsOpen", () => {
    document.body.classList.add("is-live");
    if (wasOpen) refresh(); // what changed while the socket was away was told to nobody
    wasOpen = true;
  });
  document.addEventListener("htmx:wsClose", () => document.body.classList.remove("is-live"));
  document.addEventListener("htmx:wsAfterMessage", tick);
  document.addEventListener("htmx:afterSwap", tick);
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const element = document.getElementById(event.detail.target?.id);
    if (element?.hasAttribute("data-flash")) {
      element.classList.remove("changed");
      requestAnimationFrame(() => element.classList.add("changed"));
    }
  });
  // Fragments of rows that this page does not show are taken out; for a new row the list is fetched instead of
  // guessing its place.
  window.htmx.defineExtension("present", {
    transformResponse(text, xhr) {
      if (xhr) return text;
      const parsed = document.createElement("template");
      parsed.innerHTML = text;
      for (const part of [...parsed.content.children]) {
        if (document.getElementById(part.id)) continue;
        if (part.hasAttribute("data-flash")) refresh();
        part.remove();
      }
      return parsed.innerHTML;
    },
  });
})();
