// Optional. The page is complete without it. It refreshes ages, applies the published schedule to
// a page that was not rebuilt (only ever downwards), and adds copy buttons.
(() => {
  "use strict";
  const DAY = 86400000;
  const ORDER = "ABC?DF";
  const now = Date.now();
  const all = (query) => document.querySelectorAll(query);
  const one = (query) => document.querySelector(query);
  const today = Math.floor(now / DAY);
  const dayOf = (text) => Math.floor(Date.parse(text) / DAY);
  const days = (count) => count + (count === 1 ? " day" : " days");

  for (const item of all("[data-since]")) {
    item.textContent = days(Math.max(0, today - dayOf(item.dataset.since)));
  }
  for (const item of all("[data-due]")) {
    const left = dayOf(item.dataset.due) - today;
    item.textContent = left < 0 ? days(-left) + " overdue" : left ? "in " + days(left) : "today";
    item.classList.toggle("late", left < 0);
  }
  const expired = one("#expired");
  const due = one("[data-stale]");
  // From here on the grade has a ceiling of age; a scan that is only due is no warning.
  if (expired && due && now >= Date.parse(due.dataset.stale)) {
    expired.hidden = false;
    const fresh = one("[data-fresh]");
    if (fresh) fresh.textContent = "Fresh when this page was made, out of date now";
  }

  const steps = [...all(".steps [data-from]")];
  const reached = steps.filter((step) => Date.parse(step.dataset.from) <= now).pop();
  if (reached && reached !== steps[0]) {
    const worse = ORDER.indexOf(reached.dataset.grade) > ORDER.indexOf(steps[0].dataset.grade);
    const verdict = one(".verdict");
    if (verdict && worse) {
      verdict.className = "verdict " + reached.dataset.class;
      one(".mark").textContent = reached.dataset.grade;
      one("#verdict b").textContent = reached.dataset.name + ":";
      one("#sentence").textContent = "by the schedule below.";
      if (reached.dataset.grade === "?") one("#main").classList.add("doubt");
      document.title = one("#verdict b").textContent + " " + document.title.split(":")[0];
    }
    // How long ago the last one was is unknown, unless one is still open.
    const days = one("#days");
    if (reached.dataset.grade === "?" && days && parseInt(days.textContent, 10) > 0) days.firstChild.textContent = "unknown";
    one("#remediation").firstChild.textContent = reached.dataset.remediation;
    steps.forEach((step) => step.removeAttribute("aria-current"));
    reached.setAttribute("aria-current", "step");
  }

  if (navigator.clipboard) {
    for (const box of all(".copybox")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy: " + box.firstElementChild.getAttribute("aria-label"));
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("code").textContent);
        button.textContent = "Copied";
      });
      box.prepend(button);
    }
  }
})();
