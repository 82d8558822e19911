"use strict";
/* The report's tables, charts, filters and pages. Texts stay JSON until they come near the window. */
document.addEventListener("DOMContentLoaded", () => {
  const { TextView, el, svg, level, percent, number, spaces } = despin;
  const PAGE = 20, ROWS = 10;
  const find = (selector) => document.querySelector(selector);
  const data = JSON.parse(find("#summary").textContent);
  const state = { side: innerWidth > 900, least: 0, site: "", phrase: -1, query: "", changed: false, page: 0 };

  /* ---- overview ---- */
  const tiles = [
    [number(data.edits), data.edits === 1 ? "edit" : "edits"],
    [number(data.records), data.records === 1 ? "text with edits" : "texts with edits"],
    [data.words ? (data.edits / data.words * 1000).toFixed(0) : "0", "edits per 1,000 words"],
    [data.edits ? percent(data.confidence) : "\u2013", "mean confidence"],
  ];
  find(".tiles").append(...tiles.map(([value, name]) => el("div", { class: "tile" }, el("b", {}, value), el("span", {}, name))));

  function histogram() {
    const width = 420, height = 190, base = height - 24, first = data.histogram.findIndex(Boolean);
    const from = Math.max(0, Math.min(first < 0 ? 10 : first, 10)), bins = data.histogram.slice(from);
    const most = Math.max(1, ...bins), step = width / bins.length;
    const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Edits by confidence: ${bins.map((n, i) => `${(from + i) * 5} to ${(from + i + 1) * 5} per cent ${n}`).join(", ")}` });
    bins.forEach((count, i) => {
      const tall = count ? Math.max(2, count / most * (base - 22)) : 0, low = (from + i) / 20;
      chart.append(svg("rect", { class: `bar ${level(low + 1e-9)}`, x: i * step + 2, y: base - tall, width: step - 4, height: tall, rx: 3 }));
      if (count) chart.append(svg("text", { x: i * step + step / 2, y: base - tall - 6, "text-anchor": "middle" }, number(count)));
      if (i % 2 === 0) chart.append(svg("text", { x: i * step + 2, y: height - 6 }, percent(low)));
    });
    chart.append(svg("line", { class: "axis", x1: 0, x2: width, y1: base + .5, y2: base + .5 }));
    return chart;
  }

  function bars() {
    const rows = data.phrases.slice(0, 8), width = 620, tall = 26;
    const most = Math.max(1, ...rows.map((row) => row[2]));
    const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${Math.max(1, rows.length) * tall}`, role: "img", "aria-label": `Most frequent phrases: ${rows.map((row) => `${row[0]} becomes ${row[1] || "nothing"}, ${row[2]}`).join("; ")}` });
    rows.forEach(([before, after, count, confidence], i) => {
      const label = `${clip(spaces(before), 22)} \u2192 ${after ? clip(spaces(after), 18) : "(nothing)"}`, y = i * tall;
      chart.append(
        svg("text", { class: "name", x: 262, y: y + 17, "text-anchor": "end" }, label),
        svg("rect", { class: `bar ${level(confidence)}`, x: 272, y: y + 4, width: Math.max(3, count / most * 290), height: tall - 9, rx: 4 }),
        svg("text", { x: 280 + Math.max(3, count / most * 290), y: y + 17 }, number(count)));
    });
    return chart;
  }
  const clip = (text, length) => ([...text].length > length ? `${[...text].slice(0, length - 1).join("")}\u2026` : text);
  find("#histogram").append(histogram());
  find("#frequent").append(bars());

  /* ---- tables ---- */
  function table(root, caption, columns, rows, more) {
    let by = -1, down = true, all = false;
    const body = el("tbody"), foot = el("div", { class: "foot" });
    const heads = columns.map((column, i) => el("th", { scope: "col", class: column.number ? "num" : "" },
      el("button", { type: "button", on: { click: () => { down = by === i ? !down : Boolean(column.number); by = i; draw(); } } }, column.name)));
    const draw = () => {
      const sorted = by < 0 ? rows : [...rows].sort((a, b) => {
        const [x, y] = [columns[by].value(a), columns[by].value(b)];
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
      });
      heads.forEach((head, i) => { if (i === by) head.setAttribute("aria-sort", down ? "descending" : "ascending"); else head.removeAttribute("aria-sort"); });
      const shown = all ? sorted.slice(0, 500) : sorted.slice(0, ROWS);
      body.replaceChildren(...shown.map((row) => el("tr", {}, ...columns.map((column, i) => {
        const cell = column.cell ? column.cell(row) : column.value(row);
        return i ? el("td", { class: column.number ? "num" : "" }, cell) : el("th", { scope: "row" }, cell);
      }))));
      const rest = rows.length - shown.length + more;
      foot.replaceChildren(...(rows.length > ROWS ? [el("button", { type: "button", class: "button", "aria-expanded": String(all), on: { click: () => { all = !all; draw(); foot.querySelector("button").focus(); } } }, all ? "Show fewer" : rows.length > 500 ? "Show 500" : `Show all ${number(rows.length)}`)] : []),
        ...(rest > 0 && all ? [el("span", {}, `and ${number(rest)} more`)] : []));
    };
    root.append(el("div", { class: "scroll" }, el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...heads)), body)), foot);
    draw();
  }
  const barred = (part, value, name) => el("span", {},
    svg("svg", { class: `share ${name || ""}`, viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { width: Math.max(1, part * 100), height: 8 })),
    el("span", { class: "value" }, value));
  const most = (rows, column) => Math.max(1e-9, ...rows.map(column));
  const density = (row) => row[2] / Math.max(1, row[3]) * 1000;
  const densest = most(data.groups, density), oftenest = most(data.phrases, (row) => row[2]), busiest = most(data.groups, (row) => row[2]);
  const filter = (name, change) => el("button", { type: "button", on: { click: () => { Object.assign(state, { site: "", phrase: -1, page: 0 }, change); list(); find("#texts").scrollIntoView(); find("#texts").focus({ preventScroll: true }); } } }, name);
  if (data.groups.length > 1 || (data.groups[0] && data.groups[0][0])) {
    table(find("#sites"), data.grouped ? "Sites" : "Sources", [
      { name: data.grouped ? "Site" : "Source", value: (row) => row[0], cell: (row) => filter(row[0] || "(none)", { site: row[0] }) },
      { name: "Texts", number: true, value: (row) => row[1], cell: (row) => number(row[1]) },
      { name: "Edits", number: true, value: (row) => row[2], cell: (row) => barred(row[2] / busiest, number(row[2])) },
      { name: "Per 1,000 words", number: true, value: density, cell: (row) => barred(density(row) / densest, density(row).toFixed(0)) },
      { name: "Mean spin", number: true, value: (row) => row[4], cell: (row) => percent(row[4]) },
      { name: "Mean rate", number: true, value: (row) => row[5], cell: (row) => percent(row[5]) },
    ], data.groups, data.more_groups);
  } else find("#sites").hidden = true;
  table(find("#phrases"), "Phrases", [
    { name: "Phrase", value: (row) => row[0].toLowerCase(), cell: (row) => filter(spaces(row[0]), { phrase: data.phrases.indexOf(row) }) },
    { name: "Becomes", value: (row) => row[1].toLowerCase(), cell: (row) => el("ins", {}, row[1] ? spaces(row[1]) : "(nothing)") },
    { name: "Times", number: true, value: (row) => row[2], cell: (row) => barred(row[2] / oftenest, number(row[2])) },
    { name: "Mean confidence", number: true, value: (row) => row[3], cell: (row) => barred(row[3], percent(row[3]), level(row[3])) },
  ], data.phrases, data.more_phrases);

  /* ---- texts ---- */
  const holder = find("#records"), status = find("#status"), pager = find(".pager");
  const written = document.querySelectorAll("script.record-data");
  const parsed = new Map();
  const record = (i) => {
    if (!parsed.has(i)) parsed.set(i, JSON.parse(written[i].textContent));
    return parsed.get(i);
  };
  const waiting = new IntersectionObserver((found) => {
    for (const { isIntersecting, target } of found) if (isIntersecting) fill(target);
  }, { rootMargin: "800px" });

  function matches(i) {
    const [source, place, group, , , , most, , phrases] = data.index[i];
    if (most < state.least || (state.site && (data.grouped ? group : source) !== state.site)) return false;
    if (state.phrase >= 0 && !phrases.includes(state.phrase)) return false;
    if (!state.query) return true;
    return `${source} ${place} ${group}`.toLowerCase().includes(state.query) || phrases.some((id) => `${data.phrases[id][0]} ${data.phrases[id][1]}`.toLowerCase().includes(state.query));
  }

  function list() {
    despin.hide();
    waiting.disconnect();
    const found = data.index.map((_, i) => i).filter(matches);
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const shown = found.slice(state.page * PAGE, (state.page + 1) * PAGE);
    holder.replaceChildren(...shown.map(head));
    for (const node of holder.children) waiting.observe(node);
    status.textContent = `${number(found.length)} of ${number(data.index.length)} texts`;
    pager.hidden = pages < 2;
    const turn = (step) => () => { state.page += step; list(); find("#texts").scrollIntoView(); find("#texts").focus({ preventScroll: true }); };
    pager.replaceChildren(
      el("button", { type: "button", class: "button", disabled: state.page === 0, on: { click: turn(-1) } }, "Previous"),
      el("span", { class: "quiet" }, `page ${number(state.page + 1)} of ${number(pages)}`),
      el("button", { type: "button", class: "button", disabled: state.page === pages - 1, on: { click: turn(1) } }, "Next"));
    const chips = [];
    if (state.site) chips.push([state.site, { site: "" }]);
    if (state.phrase >= 0) chips.push([`${spaces(data.phrases[state.phrase][0])} \u2192 ${spaces(data.phrases[state.phrase][1]) || "(nothing)"}`, { phrase: -1 }]);
    find("#chips").replaceChildren(...chips.map(([name, change]) => el("button", { type: "button", class: "chip", "aria-label": `Remove the filter ${name}`, on: { click: () => { Object.assign(state, change, { page: 0 }); list(); } } }, name, el("span", { "aria-hidden": "true" }, "\u00d7"))));
  }

  function head(i) {
    const [source, place, group, spin, rate, edits, , family] = data.index[i];
    const fact = (name, value) => el("span", {}, `${name} `, el("b", {}, value));
    return el("article", { class: "record waiting", "data-i": i, "aria-labelledby": `record-${i}` },
      el("header", {},
        el("h3", { id: `record-${i}` }, source, place ? el("span", {}, ` \u203a ${place}`) : null),
        el("div", { class: "facts" }, group ? fact("site", group) : null, fact("spin", percent(spin)), fact("rate", percent(rate)), family ? fact("family", family) : null, fact("edits", number(edits)))));
  }

  function fill(node) {
    waiting.unobserve(node);
    const root = el("div");
    node.classList.remove("waiting");
    node.append(root);
    new TextView(root, record(Number(node.dataset.i)), state);
  }

  /* ---- toolbar ---- */
  const pressed = () => document.querySelectorAll(".switch button").forEach((button) => button.setAttribute("aria-pressed", String((button.value === "side") === state.side)));
  document.querySelectorAll(".switch button").forEach((button) => button.addEventListener("click", () => { state.side = button.value === "side"; pressed(); list(); }));
  find("#least").addEventListener("input", (event) => { state.least = Number(event.target.value) / 100; find("#least-shown").textContent = `${event.target.value} %`; later(); });
  find("#query").addEventListener("input", (event) => { state.query = event.target.value.trim().toLowerCase(); state.page = 0; later(); });
  find("#changed").addEventListener("change", (event) => { state.changed = event.target.checked; list(); });
  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(list, 120); };
  pressed();
  list();
  document.documentElement.dataset.ready = "";
});
