// Draws the neighbours of an entity, and their neighbours on request. The lists of the page stay, with links.
(() => {
  "use strict";
  const figure = document.getElementById("drawing");
  if (!figure || !window.cytoscape) return;

  const MOST = window.innerWidth > 640 ? 36 : 18; // neighbours that one step adds; more would hide each other
  const NAMES = {
    person: "people", state: "states", organisation: "organisations", post: "posts", place: "places",
    article: "articles", event: "events", statement: "statements", claim: "claims and conflicts",
    topic: "topics and other concepts", situation: "roles and memberships", document: "documents", other: "other",
  };
  // The light and the dark value of each colour.
  const COLOURS = {
    person: ["#14536a", "#84c3d8"], state: ["#7a3e1d", "#d9a27c"], organisation: ["#4b3f8f", "#b1a6ee"],
    post: ["#3f6b6b", "#8fc4c0"], place: ["#5c6b1f", "#bcc97a"], article: ["#444b52", "#b9c0c6"],
    event: ["#9b2c1f", "#f0a196"], statement: ["#b07a2c", "#e3bd7f"], claim: ["#8a2f62", "#e39ac3"],
    topic: ["#2f6f43", "#8fcba0"], situation: ["#6d7a86", "#93a1ad"], document: ["#86651f", "#d6bb75"],
    other: ["#6b6b6b", "#a0a0a0"],
  };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const status = document.getElementById("status");
  const legend = document.getElementById("legend");
  const expanded = new Set();

  const colour = (family) => (COLOURS[family] || COLOURS.other)[dark.matches ? 1 : 0];
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  figure.hidden = false;
  // Cytoscape adds a style to the page, which the policy forbids, unless something has this name.
  document.querySelector('link[href*="explore.css"]').id = "__________cytoscape_stylesheet";
  const cy = window.cytoscape({
    container: document.getElementById("canvas"),
    minZoom: 0.15,
    maxZoom: 3,
  });
  // For tests, and for whoever opens the console.
  figure.cy = cy;

  function paint() {
    cy.style([
      { selector: "node", style: {
        "background-color": (node) => colour(node.data("family")),
        "border-color": ink("--panel"), "border-width": 2,
        "color": ink("--ink"), "font-family": "sans-serif", "font-size": 11,
        "label": (node) => shorten(node.data("label")),
        "text-valign": "bottom", "text-margin-y": 4, "text-wrap": "wrap", "text-max-width": 120,
        "text-background-color": ink("--panel"), "text-background-opacity": 0.8, "text-background-padding": 1,
        "width": 20, "height": 20,
      } },
      { selector: "node.expanded", style: { "width": 32, "height": 32, "font-size": 13, "font-weight": "bold" } },
      { selector: "node:selected", style: { "border-color": ink("--bar"), "border-width": 4 } },
      { selector: "edge", style: {
        "width": 1.2, "curve-style": "bezier", "line-color": ink("--line"), "target-arrow-color": ink("--quiet"),
        "target-arrow-shape": "triangle", "arrow-scale": 0.8,
      } },
      { selector: "edge[?inferred]", style: { "line-style": "dashed" } },
      { selector: "edge.near", style: {
        "line-color": ink("--quiet"), "label": "data(label)", "font-size": 9, "color": ink("--quiet"),
        "text-rotation": "autorotate", "text-background-color": ink("--panel"), "text-background-opacity": 0.9,
        "min-zoomed-font-size": 7,
      } },
    ]);
    const families = [...new Set(cy.nodes().map((node) => node.data("family")))].sort();
    legend.replaceChildren(...families.map((family) => {
      const entry = document.createElement("span");
      entry.textContent = NAMES[family] || family;
      entry.style.setProperty("--key", colour(family));
      return entry;
    }));
  }

  function shorten(text) {
    return text.length > 48 ? text.slice(0, 47).replace(/\s+\S*$/, "") + " …" : text;
  }

  // Takes from each group of edges in turn, so that many statements do not crowd out one post.
  function choose(neighbours) {
    const groups = new Map();
    for (const one of neighbours) {
      const key = one.direction + one.property + one.class;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(one);
    }
    const chosen = [];
    for (let round = 0; chosen.length < Math.min(MOST, neighbours.length); round += 1) {
      for (const group of groups.values()) {
        if (round < group.length && chosen.length < MOST) chosen.push(group[round]);
      }
    }
    return chosen;
  }

  const address = (base, iri) => `${base}?iri=${encodeURIComponent(iri)}`;

  async function expand(iri) {
    const known = cy.getElementById(iri);
    if (expanded.has(iri)) { focus(known); return; }
    const response = await fetch(address(figure.dataset.source, iri));
    if (!response.ok) { status.textContent = "The neighbours could not be read."; return; }
    const found = await response.json();
    expanded.add(iri);
    const centre = known.nonempty() ? known.position() : { x: 0, y: 0 };
    if (known.empty()) cy.add({ data: node(found), position: { x: cy.nodes().length * 40, y: 0 } });
    // Entities that are already drawn are linked, regardless of the limit.
    const there = found.neighbours.filter((one) => cy.getElementById(one.iri).nonempty());
    const absent = found.neighbours.filter((one) => cy.getElementById(one.iri).empty());
    const chosen = [...there, ...choose(absent)];
    chosen.forEach((one, index) => {
      const angle = (2 * Math.PI * index) / chosen.length;
      if (cy.getElementById(one.iri).empty()) {
        cy.add({ data: node(one, found.label), position: { x: centre.x + 160 * Math.cos(angle), y: centre.y + 160 * Math.sin(angle) } });
      }
      const [source, target] = one.direction === "out" ? [iri, one.iri] : [one.iri, iri];
      const id = `${source} ${one.property} ${target}`;
      if (cy.getElementById(id).empty()) {
        cy.add({ data: { id, source, target, label: one.propertyLabel, inferred: one.inferred } });
      }
    });
    cy.getElementById(iri).addClass("expanded");
    const left = new Set(absent.map((one) => one.iri)).size - new Set(chosen.filter((one) => absent.includes(one)).map((one) => one.iri)).size;
    status.textContent = left > 0
      ? `${left} more neighbours of “${found.label}” are not drawn; its lists have all.`
      : "";
    paint();
    arrange();
    const here = cy.getElementById(iri);
    focus(here);
    // The entity chosen last and its neighbours fill the frame, so that their names are legible.
    if (expanded.size > 1) cy.fit(here.closedNeighborhood(), 16);
  }

  const node = (one, centre) => ({ id: one.iri, label: without(one.label, centre), family: one.family });

  // A record is named after the things that it links; beside one of them it has only the rest of its name.
  function without(label, centre) {
    const rest = centre && label.startsWith(centre) ? label.slice(centre.length).replace(/^[\s:,·]+/, "") : "";
    return rest || label;
  }

  function focus(one) {
    cy.elements().unselect();
    cy.edges().removeClass("near");
    one.select();
    one.connectedEdges().addClass("near");
  }

  function arrange() {
    if (expanded.size === 1 && (cy.width() > 600 || cy.nodes().length < 10)) ring([...expanded][0]);
    else {
      cy.layout({
        name: "cose", animate: false, randomize: false, fit: true, padding: 20, nodeDimensionsIncludeLabels: true,
        nodeRepulsion: () => 12000, idealEdgeLength: () => 70, edgeElasticity: () => 60, gravity: 1.2, numIter: 1000,
      }).run();
    }
  }

  // Around one thing its neighbours stand in ellipses that fill the frame: one, or two where there are many.
  function ring(iri) {
    const others = cy.nodes().filter((one) => one.id() !== iri);
    const rings = others.length > 14 && cy.width() > 600 ? 2 : 1;
    const radii = [[0.43, 0.42], [0.24, 0.24]].slice(0, rings);
    cy.getElementById(iri).position({ x: 0, y: 0 });
    others.forEach((one, index) => {
      const [across, down] = rings === 2 && index % 3 === 1 ? radii[1] : radii[0];
      const angle = (2 * Math.PI * index) / others.length - Math.PI / 2;
      one.position({ x: across * cy.width() * Math.cos(angle), y: down * cy.height() * Math.sin(angle) });
    });
    cy.fit(undefined, 12);
    if (cy.zoom() > 1.2) cy.zoom({ level: 1.2, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }

  function remember(iri) {
    const url = new URL(window.location.href);
    url.searchParams.delete("iri");
    for (const one of [...expanded].filter((other) => other !== iri).concat(iri)) url.searchParams.append("iri", one);
    window.history.replaceState(null, "", url);
  }

  // Replaces the heading and the lists of the page by those of the entity chosen last.
  async function list(iri) {
    const response = await fetch(address(figure.dataset.lists, iri), { headers: { Accept: "text/html" } });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const selector of [".explore h1", ".explore .kind", "#neighbours"]) {
      const fresh = page.querySelector(selector);
      const stale = document.querySelector(selector);
      if (fresh && stale) stale.replaceWith(document.adoptNode(fresh));
    }
    document.title = page.title;
  }

  async function go(iri) {
    await expand(iri);
    remember(iri);
    await list(iri);
  }

  cy.on("tap", "node", (event) => go(event.target.id()));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-explore]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(link.dataset.explore);
    figure.scrollIntoView({ behavior: still.matches ? "auto" : "smooth", block: "start" });
  });
  const middle = () => ({ x: cy.width() / 2, y: cy.height() / 2 });
  const tools = {
    arrange,
    fit: () => cy.fit(undefined, 30),
    in: () => cy.zoom({ level: cy.zoom() * 1.3, renderedPosition: middle() }),
    out: () => cy.zoom({ level: cy.zoom() / 1.3, renderedPosition: middle() }),
  };
  figure.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-tool]");
    if (button) tools[button.dataset.tool]();
  });
  dark.addEventListener("change", paint);

  (async () => {
    for (const iri of figure.dataset.iris.split(" ")) await expand(iri);
    figure.dataset.ready = "true";
  })();
})();
