// Completes what is typed into the query editor, from the terms of the graph.
"use strict";

window.completeFrom = (terms) => {
  const { Yasqe } = window.Yasgui;
  const span = (className, text) => Object.assign(document.createElement("span"), { className, textContent: text });
  const byName = new Map();
  for (const list of [terms.classes, terms.properties, terms.entities]) {
    for (const term of list) byName.set(term.name, term);
  }
  const matching = (list) => (yasqe, token) => {
    const typed = (token && token.string ? token.string : "").trim().replace(/^</, "").toLowerCase();
    const local = typed.includes(":") ? typed.slice(typed.indexOf(":") + 1) : typed;
    const prefix = typed.includes(":") && !typed.startsWith("http") ? typed.slice(0, typed.indexOf(":") + 1) : "";
    const fits = (term) => (!prefix || term.name.startsWith(prefix))
      && (term.iri.toLowerCase().startsWith(typed)
        || term.name.slice(term.name.indexOf(":") + 1).toLowerCase().includes(local)
        || term.label.toLowerCase().includes(local));
    const begins = (term) => term.name.slice(term.name.indexOf(":") + 1).toLowerCase().startsWith(local);
    const found = list.filter(fits);
    return [...found.filter(begins), ...found.filter((term) => !begins(term))].slice(0, 100).map((term) => term.name);
  };
  const render = (yasqe, hints) => hints.map((hint) => {
    const term = byName.get(hint.text);
    if (!term) return hint;
    return { ...hint, render: (place) => {
      place.append(span("hint-name", term.name), span("hint-label", term.label));
      if (term.definition) place.append(span("hint-definition", term.definition));
    } };
  });
  const ours = {
    preProcessToken: (yasqe, token) => token, postProcessSuggestion: (yasqe, token, name) => name,
    postprocessHints: render, bulk: false, autoShow: false, persistenceId: null,
  };
  // Under the names of the editor's own completers, so that none is left that asks another server.
  Yasqe.forkAutocompleter("class", { ...ours, name: "class", get: matching(terms.classes) });
  Yasqe.forkAutocompleter("property", { ...ours, name: "property", get: matching(terms.properties) });
  const kinds = new Set(terms.entities.map((term) => term.name.slice(0, term.name.indexOf(":"))));
  Yasqe.forkAutocompleter("class", {
    ...ours, name: "entity", get: matching(terms.entities),
    isValidCompletionPosition: (yasqe) => {
      const found = /^([a-z-]+):/.exec(yasqe.getCompleteToken().string);
      return Boolean(found) && kinds.has(found[1]);
    },
  });
  const declarations = Object.entries(terms.prefixes).map(([name, namespace]) => `${name}: <${namespace}>`);
  Yasqe.forkAutocompleter("prefixes", { name: "prefixes", get: () => declarations, persistenceId: null });
};
