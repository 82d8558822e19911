"use strict";
/* A text with its edits, shared by the report and by the page of `despin serve`.

Texts come from anywhere, so nothing here ever parses HTML: elements are made one by one, text goes into text nodes. */
const despin = (() => {
  const CHUNK = 250; // edits, or paragraphs, that are rendered at a time
  const SVG = "http://www.w3.org/2000/svg";
  const NAMES = { sure: "sure", likely: "likely", unsure: "less sure" };
  const level = (confidence) => (confidence >= 0.9 ? "sure" : confidence >= 0.75 ? "likely" : "unsure");
  const percent = (share) => `${Math.floor(share * 100 + 1e-9)} %`;
  const number = (value) => value.toLocaleString("en");
  /* Spaces count where nothing but punctuation is changed. */
  const spaces = (text) => (/[\p{L}\p{N}]/u.test(text) ? text.trim() : text.replace(/ /g, "\u2423")).replace(/\n/g, " \u21b5 ");

  function put(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  }
  const el = (name, attributes, ...children) => put(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) => put(document.createElementNS(SVG, name), attributes, children);

  function meter(share, name, big) {
    const filled = el("i");
    filled.style.width = `${Math.round(share * 100)}%`;
    return el("span", { class: `meter ${name || ""}${big ? " big" : ""}`, "aria-hidden": "true" }, filled);
  }

  /* ---- one text ---- */
  class TextView {
    /* record: {p: paragraphs of strings and numbers of edits, e: edits [before, after, confidence, others, rule]}.
       options: side, least (confidence), changed (only paragraphs with edits), rejected (a Set, in a review). */
    constructor(root, record, options) {
      this.root = root;
      this.record = record;
      this.options = options;
      root.classList.add("text");
      views.set(root, this);
      this.render();
    }

    shows(n) { return this.record.e[n][2] >= (this.options.least || 0); }

    render() {
      this.next = 0;
      this.gap = 0;
      this.buttons = [];
      this.root.replaceChildren();
      this.root.classList.toggle("side", Boolean(this.options.side));
      this.root.append(el("div", { class: "heads", "aria-hidden": "true" }, el("span", {}, "as it was"), el("span", {}, "repaired")));
      this.more();
    }

    more() {
      const { record, options } = this;
      const part = document.createDocumentFragment();
      let budget = CHUNK;
      for (; this.next < record.p.length && budget > 0; this.next++) {
        const runs = record.p[this.next];
        const changed = runs.some((run) => typeof run === "number" && this.shows(run));
        if (!changed && options.changed) { this.gap++; continue; }
        this.closeGap(part);
        part.append(options.side ? this.pair(runs) : this.paragraph(runs, "para", "both"));
        budget -= Math.max(1, runs.length / 2);
      }
      if (this.next >= record.p.length) this.closeGap(part);
      if (this.button) this.button.remove();
      this.root.append(part);
      this.button = null;
      if (this.next < record.p.length) {
        this.button = el("button", { type: "button", class: "button more", on: { click: () => this.more() } },
          `Show more (${number(record.p.length - this.next)} paragraphs)`);
        this.root.append(this.button);
        nearby.observe(this.button);
      }
      this.tabbable();
    }

    closeGap(part) {
      if (this.gap) part.append(el("div", { class: "gap" }, `\u2026 ${number(this.gap)} ${this.gap === 1 ? "paragraph" : "paragraphs"} without edits \u2026`));
      this.gap = 0;
    }

    pair(runs) {
      return el("div", { class: "row" }, this.paragraph(runs, "old", "before"), this.paragraph(runs, "new", "after"));
    }

    paragraph(runs, name, what) {
      const made = el("p", { class: name });
      for (const run of runs) {
        if (typeof run === "string") made.append(run);
        else if (!this.shows(run)) made.append(this.record.e[run][0]);
        else made.append(this.edit(run, what));
      }
      return made;
    }

    edit(n, what) {
      const [before, after, confidence] = this.record.e[n];
      const name = `edit ${level(confidence)}${this.isOff(n) ? " off" : ""}`;
      if (what === "before") return el("span", { class: name, "data-n": n }, before);
      const review = this.options.rejected;
      const button = el("button", { type: "button", class: name, "data-n": n, tabindex: -1, "aria-pressed": review ? String(!this.isOff(n)) : null });
      if (what === "both" || this.isOff(n)) {
        button.append(el("del", {}, before), el("span", { class: "sr" }, after ? " becomes " : " is taken out"));
      } else button.append(el("span", { class: "sr" }, after ? `${before} becomes ` : `${before} is taken out`));
      if (after) button.append(el("ins", {}, after));
      else if (what === "after" && !this.isOff(n)) button.append(el("ins", { "aria-hidden": "true" }, "\u2205"));
      this.buttons[n] = button;
      return button;
    }

    isOff(n) { return Boolean(this.options.rejected && this.options.rejected.has(n)); }

    refresh(n) {
      const old = this.buttons[n];
      if (!old) return;
      const focused = document.activeElement === old;
      const made = this.edit(n, this.options.side ? "after" : "both");
      made.tabIndex = old.tabIndex;
      old.replaceWith(made);
      for (const other of this.root.querySelectorAll(`span.edit[data-n="${n}"]`)) other.classList.toggle("off", this.isOff(n));
      if (focused) made.focus();
    }

    shown() { return this.buttons.filter(Boolean); }

    tabbable() {
      const shown = this.shown();
      if (shown.length && !shown.some((button) => button.tabIndex === 0)) shown[0].tabIndex = 0;
    }

    /* The edit next to one; what is not rendered yet is rendered first. */
    neighbour(button, step) {
      let shown = this.shown();
      let at = shown.indexOf(button) + step;
      while (at >= shown.length && this.button) { this.more(); shown = this.shown(); }
      return shown[at] || null;
    }
  }

  const views = new WeakMap();
  const viewOf = (node) => { const root = node.closest(".text"); return root ? views.get(root) : null; };

  /* ---- the card of an edit ---- */
  const card = el("div", { class: "card", id: "card", role: "tooltip", hidden: true });
  let owner = null, timer = 0;

  function fill(edit) {
    const [before, after, confidence, others, rule] = edit;
    const name = level(confidence);
    const list = el("ul", {}, ...others.map(([text, share]) => el("li", {}, el("span", {}, text ? spaces(text) : "(nothing)"), meter(share), el("span", { class: "num" }, percent(share)))));
    card.className = `card ${name}`;
    card.replaceChildren(
      el("div", { class: "change" }, el("del", {}, spaces(before)), " \u2192 ", after ? el("ins", {}, spaces(after)) : el("span", { class: "quiet" }, "(nothing)")),
      el("dl", {},
        el("dt", {}, "Confidence"), el("dd", {}, meter(confidence, name, true), `${percent(confidence)}, ${NAMES[name]}`),
        ...(others.length ? [el("dt", {}, "Or else"), el("dd", {}, list)] : []),
        el("dt", {}, "Because"), el("dd", {}, rule.replace(/ -> /g, " \u2192 "))));
  }

  function show(edit) {
    const view = viewOf(edit);
    if (!view || owner === edit) return;
    hide();
    owner = edit;
    const n = Number(edit.dataset.n);
    fill(view.record.e[n]);
    for (const twin of view.root.querySelectorAll(`[data-n="${n}"]`)) twin.classList.add("on");
    edit.setAttribute("aria-describedby", "card");
    card.hidden = false;
    place();
  }

  function place() {
    const box = owner.getClientRects()[0];
    const { offsetWidth: width, offsetHeight: height } = card;
    if (!box || box.bottom < 0 || box.top > innerHeight) { hide(); return; }
    const above = box.bottom + height + 12 > innerHeight && box.top > height + 12;
    card.style.left = `${Math.max(12, Math.min(box.left, innerWidth - width - 12))}px`;
    card.style.top = `${above ? box.top - height - 8 : box.bottom + 8}px`;
  }

  function hide() {
    clearTimeout(timer);
    card.hidden = true;
    if (!owner) return;
    owner.removeAttribute("aria-describedby");
    for (const twin of document.querySelectorAll(".edit.on")) twin.classList.remove("on");
    owner = null;
  }

  function go(button, step) {
    const view = viewOf(button);
    let target = view.neighbour(button, step);
    if (!target) {
      const roots = [...document.querySelectorAll(".text")];
      const other = roots[roots.indexOf(view.root) + step];
      const shown = other && views.has(other) ? views.get(other).shown() : [];
      target = shown[step > 0 ? 0 : shown.length - 1];
    }
    if (target) focus(target);
  }

  function focus(button) {
    const view = viewOf(button);
    for (const other of view.shown()) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus({ preventScroll: true });
    button.scrollIntoView({ block: "nearest" });
    show(button);
  }

  const nearby = new IntersectionObserver((found) => {
    for (const { isIntersecting, target } of found) if (isIntersecting) { nearby.unobserve(target); target.click(); }
  }, { rootMargin: "600px" });

  document.addEventListener("focusin", (event) => { const edit = event.target.closest(".edit[data-n]"); if (edit) show(edit); else hide(); });
  document.addEventListener("pointerover", (event) => {
    const edit = event.target.closest && event.target.closest(".edit[data-n]");
    clearTimeout(timer);
    if (edit) timer = setTimeout(show, 60, edit);
    else if (owner && !card.contains(event.target) && document.activeElement !== owner) timer = setTimeout(hide, 220);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { hide(); return; }
    const edit = event.target.closest && event.target.closest("button.edit");
    if (!edit || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 }[event.key];
    if (step) { event.preventDefault(); go(edit, step); }
    const end = { Home: 0, End: -1 }[event.key];
    if (end !== undefined) { event.preventDefault(); focus(viewOf(edit).shown().at(end)); }
  });
  document.addEventListener("click", (event) => { const edit = event.target.closest(".edit[data-n]"); if (edit) show(edit); });
  for (const name of ["scroll", "resize"]) addEventListener(name, () => { if (owner) place(); }, { passive: true });

  /* ---- light and dark ---- */
  function theme(button) {
    const names = ["auto", "light", "dark"];
    let now = "auto";
    try { now = localStorage.getItem("despin-theme") || now; } catch { /* a file's page may have no storage */ }
    const set = (name) => {
      now = name;
      if (name === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = name;
      button.textContent = { auto: "\u25d0 Auto", light: "\u2600 Light", dark: "\u263e Dark" }[name];
      button.setAttribute("aria-label", `Colours: ${name}`);
      try { localStorage.setItem("despin-theme", name); } catch { /* nor a way to keep it */ }
    };
    button.addEventListener("click", () => set(names[(names.indexOf(now) + 1) % 3]));
    set(names.includes(now) ? now : "auto");
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(card);
    theme(document.querySelector(".theme"));
  });
  return { TextView, el, svg, meter, level, percent, number, focus, hide, spaces };
})();
