// Puts the query editor over the form. Without this script the form and its answers do the same work.
(() => {
  "use strict";
  const host = document.getElementById("editor");
  const form = document.querySelector("form.ask");
  if (!host || !form || !window.Yasgui) return;
  const { Yasgui } = window;
  const LONGEST = 6000; // characters of an address; a longer query is sent as the body
  const LABELS = 60; // at once
  const endpoint = new URL(host.dataset.endpoint, window.location.origin).href;
  const hidden = (name) => [...form.querySelectorAll(`input[name="${name}"]`)].map((input) => input.value);

  const fits = (query) => String(new URLSearchParams({ query })).length < LONGEST;
  const permalink = (query) => {
    const url = new URL(endpoint);
    // A browser does not send what follows the # of an address, so a query of any length can be there.
    if (fits(query)) url.searchParams.set("query", query);
    else url.hash = new URLSearchParams({ query });
    for (const name of ["default-graph-uri", "named-graph-uri"]) {
      for (const iri of hidden(name)) url.searchParams.append(name, iri);
    }
    return url.href;
  };
  const linked = () => new URLSearchParams(window.location.hash.slice(1)).get("query");

  const read = async (address, fields = []) => {
    const url = new URL(address, window.location.origin);
    for (const [name, value] of fields) url.searchParams.append(name, value);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${url.pathname}`);
    return response.json();
  };

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  // --- Problems that the endpoint reports ------------------------------------------------

  async function problem(error) {
    let told;
    try { told = JSON.parse(error.text); } catch { return undefined; }
    if (!told || !told.title) return undefined;
    const box = element("section", "problem");
    box.setAttribute("role", "alert");
    box.append(element("h2", "", told.title), element("p", "", told.detail || ""));
    if (told.excerpt) {
      const excerpt = element("pre", "", `${told.excerpt}\n`);
      excerpt.append(element("span", "mark", told.caret || ""));
      box.append(excerpt);
    }
    return box;
  }

  // --- Misspelt names, which a header of the answer reports ----------------------------------

  function hint(response) {
    const found = /<([^>]*)>; rel="help"(?:; title="([^"]*)")?/.exec(response.headers?.get("Link"));
    if (!found) return [];
    const link = element("a", "", "Details");
    link.href = new URL(found[1], endpoint);
    return [`${found[2] || "The data do not have some names of this query."} `, link];
  }

  // --- Labels in place of IRIs -------------------------------------------------------------

  const labels = new Map();

  async function name(place) {
    const links = [...place.querySelectorAll("a.iri:not([data-named])")];
    const wanted = [...new Set(links.map((link) => link.getAttribute("href")).filter((iri) => !labels.has(iri)))];
    for (let start = 0; start < wanted.length; start += LABELS) {
      const part = wanted.slice(start, start + LABELS);
      part.forEach((iri) => labels.set(iri, null));
      try {
        const found = await read(host.dataset.labels, part.map((iri) => ["iri", iri]));
        Object.entries(found).forEach(([iri, known]) => labels.set(iri, known));
      } catch { /* the IRIs stay as they are */ }
    }
    for (const link of links) {
      const iri = link.getAttribute("href");
      const known = labels.get(iri);
      link.dataset.named = "true";
      if (!/^https?:/.test(iri)) link.removeAttribute("href");
      if (known) {
        link.textContent = known.label;
        link.title = iri;
        if (known.page) link.href = known.page;
        for (const side of [link.previousSibling, link.nextSibling]) {
          if (side && side.nodeType === Node.TEXT_NODE && /^[<>]$/.test(side.textContent)) side.remove();
        }
      }
    }
  }

  // A literal is shown as the page shows it: without quotation marks, its datatype in the title.
  function plain(place) {
    for (const literal of place.querySelectorAll("td .nonIri:not([data-plain])")) {
      literal.dataset.plain = "true";
      const text = literal.firstChild;
      if (text && text.nodeType === Node.TEXT_NODE) text.textContent = text.textContent.replace(/^"([^]*)"$/, "$1");
      const type = literal.querySelector("sup");
      if (type && type.textContent.startsWith("^^")) {
        literal.title = type.textContent.slice(2);
        type.remove();
      }
    }
  }

  // Prepares a tab, the first time that it is shown.
  function prepare(tab, terms) {
    const mode = tab && tab.getYasqe() && tab.getYasqe().getMode();
    if (!mode || mode.knowsPrefixes) return;
    mode.knowsPrefixes = true;
    // The endpoint knows our prefixes, so a query that does not declare them is right.
    const begin = mode.startState;
    mode.startState = (...given) => {
      const state = begin(...given);
      state.prefixes = { ...terms.prefixes, ...state.prefixes };
      return state;
    };
    tab.getYasr().config.errorRenderers = [problem];
    const yasqe = tab.getYasqe();
    // The tab's own link has a form that the page does not read.
    yasqe.config.createShareableLink = () => permalink(yasqe.getValue());
    const status = element("p", "note");
    status.setAttribute("role", "status");
    tab.getYasr().rootEl.before(status);
    yasqe.on("query", () => status.replaceChildren());
    yasqe.on("queryResponse", (_, response) => status.replaceChildren(...hint(response)));
    tab.setQuery(tab.getQuery());
  }

  // --- The editor --------------------------------------------------------------------------

  function open(terms) {
    // Drawn while visible, since the editor measures itself.
    host.hidden = false;
    document.documentElement.classList.add("editor-ready");
    const yasgui = new Yasgui(host, {
      persistenceId: null,
      populateFromUrl: false,
      autofocus: false,
      copyEndpointOnNewTab: false,
      endpointCatalogueOptions: { getData: () => [{ endpoint }] },
      requestConfig: {
        endpoint,
        method: () => (fits(yasgui.getTab()?.getQuery() ?? "") ? "GET" : "POST"),
        acceptHeaderSelect: "application/sparql-results+json",
        acceptHeaderGraph: "text/turtle",
        defaultGraphs: hidden("default-graph-uri"),
        namedGraphs: hidden("named-graph-uri"),
      },
      yasqe: {
        value: form.elements.query.defaultValue,
        prefixCcApi: null,
        collapsePrefixesOnLoad: false,
        screenReaderLabel: "Query in SPARQL 1.1",
        // Tab moves to the next control, as on the rest of the page.
        extraKeys: { Tab: false, "Shift-Tab": false, "Ctrl-Space": (yasqe) => yasqe.autocomplete() },
      },
      yasr: { prefixes: terms.prefixes, persistenceId: null },
    });
    const tab = () => yasgui.getTab();
    prepare(tab(), terms);
    yasgui.on("tabSelect", () => setTimeout(() => prepare(tab(), terms)));
    tab().setQuery(form.elements.query.value);
    tidy();

    const observer = new MutationObserver(() => { tidy(); plain(host); name(host); });
    observer.observe(host, { childList: true, subtree: true });

    yasgui.on("query", () => {
      const query = tab().getQuery();
      window.history.replaceState(null, "", permalink(query));
      document.querySelectorAll(".columns > .answer, .columns .main > .problem, .columns .main > .note")
        .forEach((stale) => stale.remove());
      programs(query);
    });

    const ask = (query) => {
      tab().setQuery(query);
      tab().getYasqe().query().catch(() => { /* the error is shown with the answer */ });
    };
    const follow = () => { if (linked()) ask(linked()); };
    follow();
    window.addEventListener("hashchange", follow);

    const saved = document.querySelector(".saved");
    if (saved) {
      saved.addEventListener("click", (event) => {
        const link = event.target.closest("a");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        saved.querySelectorAll("[aria-current]").forEach((one) => one.removeAttribute("aria-current"));
        link.setAttribute("aria-current", "true");
        ask(new URL(link.href).searchParams.get("query"));
      });
    }
    const details = document.getElementById("snippets");
    if (details) details.addEventListener("toggle", () => { if (details.open) programs(tab().getQuery()); });
    // For tests, and for whoever opens the console.
    host.yasgui = yasgui;
    host.dataset.ready = "true";
  }

  let shown = form.elements.query.value;

  async function programs(query) {
    if (query === shown || !fits(query)) return;
    shown = query;
    try {
      for (const snippet of await read(host.dataset.snippets, [["query", query]])) {
        const place = document.getElementById(`code-${snippet.language}`);
        if (place) place.textContent = snippet.code;
      }
    } catch { shown = ""; }
  }

  // Names for screen readers, where the editor gives none.
  function tidy() {
    const unnamed = (control) => !control.getAttribute("aria-label") && !control.labels?.length
      && (/^(INPUT|SELECT)$/.test(control.tagName) || !control.textContent.trim());
    for (const control of host.querySelectorAll("button, input:not([type=hidden]), select, [role=button]")) {
      if (unnamed(control)) control.setAttribute("aria-label", control.title || control.placeholder || control.className.split(" ")[0].replace(/[_-]/g, " "));
    }
  }

  read(host.dataset.terms).then((terms) => { window.completeFrom(terms); open(terms); })
    .catch((error) => { host.hidden = true; document.documentElement.classList.remove("editor-ready"); console.error(error); });
})();
