"use strict";
/* Paste, look, accept or reject, copy. What is accepted is put together by the server, with Report.apply. */
document.addEventListener("DOMContentLoaded", () => {
  const { TextView, el, percent, number, focus } = despin;
  const EXAMPLE = "The mayor stated on Monday that he will take a trip to Denmark to meet his Danish equivalent. It would be his very first see given that the harbour opened.\n\nThe 2 will go over methods to broaden the port, consisting of a brand-new ferry. The council has actually been anticipated to vote prior to the summer season.";
  const find = (id) => document.getElementById(id);
  const token = location.hash.slice(1);
  const state = { side: false, rejected: new Set() };
  let request = null, view = null;

  let timer = 0;
  const say = (text, lasting) => {
    clearTimeout(timer);
    find("status").textContent = text;
    if (!lasting) timer = setTimeout(() => { find("status").textContent = ""; }, 4000);
  };

  async function ask(path, body) {
    let answer;
    try {
      answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Despin-Token": token }, body: JSON.stringify(body) });
    } catch { throw new Error("despin serve does not answer: it may have been stopped"); }
    const data = await answer.json();
    if (!answer.ok) throw new Error(data.error);
    return data;
  }

  async function inspect() {
    request = { text: find("source").value, profile: find("profile").value, spun: find("spun").checked || null };
    if (!request.text.trim()) { say("There is no text yet"); find("source").focus(); return; }
    find("find").disabled = true;
    say("Looking \u2026", true);
    try {
      const found = await ask("/inspect", request);
      state.rejected = new Set();
      find("compose").hidden = true;
      find("review").hidden = false;
      find("result").hidden = true;
      const fact = (name, value) => el("span", {}, `${name} `, el("b", {}, value));
      find("facts").replaceChildren(fact("spin probability", percent(found.spin)), fact("rate", percent(found.rate)), ...(found.family ? [fact("family", found.family)] : []), ...(found.e.length ? [] : [el("span", {}, "nothing to repair")]));
      view = new TextView(find("text"), found, state);
      count();
      say(found.e.length ? `${number(found.e.length)} edits found` : "Nothing to repair was found");
      const first = view.shown()[0];
      if (first) focus(first); else find("edits").focus();
    } catch (error) { say(error.message, true); }
    find("find").disabled = false;
  }

  function count() {
    const all = view.record.e.length, kept = all - state.rejected.size;
    find("edits").textContent = all ? `${number(kept)} of ${number(all)} edits accepted` : "No edits";
    find("result").hidden = true;
  }

  function set(n, accepted) {
    if (accepted) state.rejected.delete(n); else state.rejected.add(n);
    view.refresh(n);
    count();
  }

  function all(accepted) {
    state.rejected = accepted ? new Set() : new Set(view.record.e.keys());
    view.render();
    count();
    say(accepted ? "All edits accepted" : "All edits rejected");
  }

  async function copy() {
    try {
      const { text } = await ask("/apply", { ...request, rejected: [...state.rejected] });
      try {
        await navigator.clipboard.writeText(text);
        say("The result is copied");
      } catch {
        find("result").hidden = false;
        find("result").value = text;
        find("result").focus();
        find("result").select();
        say("The browser does not let the page copy; the result is selected");
      }
    } catch (error) { say(error.message, true); }
  }

  find("text").addEventListener("click", (event) => {
    const edit = event.target.closest("[data-n]");
    if (edit) set(Number(edit.dataset.n), state.rejected.has(Number(edit.dataset.n)));
  });
  find("text").addEventListener("keydown", (event) => {
    const edit = event.target.closest("button.edit"), accepted = { a: true, r: false }[event.key.toLowerCase()];
    if (!edit || accepted === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const n = Number(edit.dataset.n);
    set(n, accepted);
    const next = view.neighbour(view.buttons[n], 1);
    if (next) focus(next);
  });
  find("find").addEventListener("click", inspect);
  find("example").addEventListener("click", () => { find("source").value = EXAMPLE; find("spun").checked = true; inspect(); });
  find("source").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); inspect(); } });
  find("accept").addEventListener("click", () => all(true));
  find("reject").addEventListener("click", () => all(false));
  find("copy").addEventListener("click", copy);
  find("back").addEventListener("click", () => { despin.hide(); find("review").hidden = true; find("compose").hidden = false; find("source").focus(); });
  const switches = document.querySelectorAll(".switch button");
  const pressed = () => switches.forEach((button) => button.setAttribute("aria-pressed", String((button.value === "side") === state.side)));
  switches.forEach((button) => button.addEventListener("click", () => { state.side = button.value === "side"; pressed(); view.render(); }));
  pressed();
  if (!token) say("This address lacks its token: open the address that despin serve printed", true);
  document.documentElement.dataset.ready = "";
});
