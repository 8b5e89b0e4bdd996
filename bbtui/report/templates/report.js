"use strict";
(() => {
  const form = document.querySelector(".filter");
  const folds = () => [...document.querySelectorAll("details.passage")];
  const shown = (element) => !element.closest("[hidden]");

  function filter() {
    const sides = new Set([...form.querySelectorAll("[name=side]:checked")].map((box) => box.value));
    const task = form.elements.task.value;
    for (const part of document.querySelectorAll("[data-side]")) part.hidden = !sides.has(part.dataset.side);
    for (const part of document.querySelectorAll("[data-task]")) {
      part.hidden = task !== "" && part.dataset.task !== task;
    }
  }

  function foldAll() {
    const open = folds().some((fold) => !fold.open);
    for (const fold of folds()) fold.open = open;
    form.elements.fold.textContent = open ? "Close all answers" : "Open all answers";
  }

  function goToTask(step) {
    const tasks = [...document.querySelectorAll("article h3")].filter(shown);
    if (!tasks.length) return;
    const at = tasks.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : tasks.length - 1) : at + step;
    if (tasks[next]) tasks[next].focus();
  }

  form.hidden = false;
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.fold.addEventListener("click", foldAll);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select")) return;
    if (event.key === "j") goToTask(1);
    else if (event.key === "k") goToTask(-1);
    else if (event.key === "o") foldAll();
    else if (/^[1-9]$/.test(event.key)) {
      const box = form.querySelectorAll("[name=side]")[Number(event.key) - 1];
      if (box) box.click();
    }
  });

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details")].filter((fold) => !fold.open);
    for (const fold of closed) fold.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const fold of closed) fold.open = false;
  });
  filter();
})();
