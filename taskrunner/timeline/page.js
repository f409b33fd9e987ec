"use strict";
(() => {
  const tip = document.getElementById("tip");
  const bars = [...document.querySelectorAll(".bar")];
  const rows = [...document.querySelectorAll(".row")].map((row) =>
    [...row.querySelectorAll(".bar")].sort((a, b) => a.offsetLeft - b.offsetLeft || a.offsetTop - b.offsetTop));
  let pinned = null;

  function show(bar) {
    const name = Object.assign(document.createElement("b"), { textContent: bar.dataset.name });
    tip.replaceChildren(name, bar.dataset.facts);
    tip.hidden = false;
    const box = bar.getBoundingClientRect(), size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left), innerWidth - size.width - 8);
    const below = box.bottom + 8 + size.height < innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? box.bottom + 8 : box.top - size.height - 8}px`;
  }
  function hide() { if (pinned) show(pinned); else tip.hidden = true; }

  function nearest(row, from) {
    const middle = from.offsetLeft + from.offsetWidth / 2;
    const away = (bar) => Math.abs(bar.offsetLeft + bar.offsetWidth / 2 - middle);
    return row.reduce((best, bar) => (away(bar) < away(best) ? bar : best));
  }
  function step(bar, key) {
    const number = rows.findIndex((row) => row.includes(bar));
    const place = rows[number].indexOf(bar);
    if (key === "ArrowRight") return rows[number][place + 1];
    if (key === "ArrowLeft") return rows[number][place - 1];
    if (key === "Home") return rows[number][0];
    if (key === "End") return rows[number].at(-1);
    const others = key === "ArrowDown" ? rows.slice(number + 1) : rows.slice(0, number).reverse();
    const row = others.find((each) => each.length);
    return row && nearest(row, bar);
  }

  for (const bar of bars) {
    bar.removeAttribute("title");
    bar.tabIndex = bar === bars[0] ? 0 : -1;
    bar.addEventListener("mouseenter", () => show(bar));
    bar.addEventListener("mouseleave", hide);
    bar.addEventListener("focus", () => {
      for (const each of bars) each.tabIndex = each === bar ? 0 : -1;
      if (bar.matches(":focus-visible")) pinned = bar;
      show(bar);
    });
    bar.addEventListener("blur", () => { pinned = null; hide(); });
    bar.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { pinned = null; tip.hidden = true; return; }
      if (!/^(Arrow|Home$|End$)/.test(event.key)) return;
      event.preventDefault();
      step(bar, event.key)?.focus();
    });
  }
  addEventListener("scroll", hide, { passive: true });
  addEventListener("beforeprint", () => document.querySelector("details").open = true);
})();
