"use strict";
// Draws the charts, says what a mark or a column means, and filters by a click. All else works without it.
(() => {
  const {library: LIBRARY, look: LOOK} = document.currentScript.dataset;
  // Fields of a mark that place it, and say nothing of it.
  const SILENT = /^(_|place$|is_|names$)|_suppressed$/;
  // How the fields of a chart say whose figure it is, and how the legend does.
  const WHOSE = {own: "You", industry: "Industry", before: "Month before", peers: "Other parties"};
  const DAY_MS = 86400000;

  function make(tag, properties, ...inside) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...inside);
    return node;
  }

  // ---- What a mark says ------------------------------------------------------------------------------

  /** Give the formats of the fields that a chart places: the axis of a channel holds for all its layers. */
  function formatsOf(spec) {
    const found = {};
    function walk(node, inherited) {
      const formats = {...inherited};
      for (const [channel, means] of Object.entries(node.encoding || {})) {
        if (means && means.axis && means.axis.format) formats[channel.slice(0, 1)] = means.axis.format;
        if (means && means.field && formats[channel.slice(0, 1)]) found[means.field] = formats[channel.slice(0, 1)];
      }
      for (const part of [].concat(node.layer || [], node.vconcat || [], node.hconcat || [], node.concat || [], node.spec || [])) {
        walk(part, formats);
      }
    }
    walk(spec, {});
    return found;
  }

  function said(field, value, format) {
    if (typeof value === "string") return value;
    if (/(^|_)(day|date|month)$/.test(field) && Math.abs(value) > DAY_MS) return new Date(value).toISOString().slice(0, 10);
    if (/(rate|share)$/.test(field) || (format || "").includes("%")) {
      return `${(value * 100).toLocaleString("en-GB", {maximumFractionDigits: 1})}%`;
    }
    const number = value.toLocaleString("en-GB", {maximumFractionDigits: 3});
    return /_s$/.test(field) ? `${number} s` : number;
  }

  function titleOf(field) {
    const [whose, ...what] = field.replace(/_s$/, "").split("_");
    const words = WHOSE[whose] ? [`${WHOSE[whose]},`, ...what] : [whose, ...what];
    const title = words.join(" ").replace(/,$/, "");
    return title.charAt(0).toUpperCase() + title.slice(1);
  }

  /** Give the words of a mark: a line per field. */
  function wordsOf(datum, names, formats) {
    const lines = names && names[datum.place - 1] ? [names[datum.place - 1]] : [];
    for (const [field, value] of Object.entries(datum)) {
      const isShown = typeof value === "string" ? value !== "" : Number.isFinite(+value) && value !== null && typeof value !== "boolean";
      if (!isShown || SILENT.test(field) || lines.includes(value)) continue;
      lines.push(`${titleOf(field)}: ${said(field, value, formats[field])}`);
    }
    return lines.join("\n");
  }

  // ---- Charts ----------------------------------------------------------------------------------------

  /** Give the marks of a drawn chart in their order, one for each that says something else. */
  function marksOf(view, words) {
    const found = new Map();
    function walk(item, x, y) {
      for (const part of item.items || []) {
        if (item.marktype === "group") walk(part, x + (part.x || 0), y + (part.y || 0));
        else if (item.marktype) {
          if (item.role !== "mark" || !part.datum) return;
          const text = words(part.datum);
          if (text && !found.has(text)) found.set(text, {item: part, x, y, text});
        } else walk(part, x, y);
      }
    }
    walk(view.scenegraph().root, 0, 0);
    return [...found.values()];
  }

  function offsetOf(item) {
    let [x, y] = [0, 0];
    for (let group = item.mark.group; group; group = group.mark && group.mark.group) {
      x += group.x || 0;
      y += group.y || 0;
    }
    return [x, y];
  }

  /** Keep a picture of a chart as a file. */
  function save(content, name) {
    const link = make("a", {href: URL.createObjectURL(content), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function saveButtons(view, name) {
    const month = location.pathname.split("/")[1];
    const svg = make("button", {type: "button", textContent: "Save as SVG"});
    svg.addEventListener("click", async () => {
      save(new Blob([await view.toSVG()], {type: "image/svg+xml"}), `${month}-${name}.svg`);
    });
    const png = make("button", {type: "button", textContent: "Save as PNG"});
    png.addEventListener("click", async () => {
      (await view.toCanvas(2)).toBlob((content) => save(content, `${month}-${name}.png`));
    });
    return make("div", {className: "save"}, svg, png);
  }

  /** Filter the page by a value, as its form would: other filters stay, the number of the page does not. */
  function filterBy(column, value) {
    const url = new URL(location.href);
    url.searchParams.set(column, value);
    url.searchParams.delete("page");
    url.hash = "";
    location.assign(url);
  }

  function explain(figure, view, spec) {
    const drawing = figure.querySelector(".drawing");
    const formats = formatsOf(spec);
    const names = ((spec.params || []).find((one) => one.name === "names") || {}).value;
    const words = (datum) => wordsOf(datum, names, formats);
    const {column, field} = figure.dataset;
    const tip = make("p", {className: "tip", hidden: true});
    const heard = make("p", {className: "unseen"});
    heard.setAttribute("role", "status");
    figure.append(tip, heard);
    let now = -1;

    function show(item, text) {
      const [x, y] = offsetOf(item);
      const [left, top] = view.origin();
      tip.textContent = text;
      tip.hidden = false;
      const room = figure.clientWidth - tip.offsetWidth;
      const from = drawing.offsetLeft + 4 + left + x + item.bounds.x2 - drawing.scrollLeft + 6;
      tip.style.left = `${Math.max(0, Math.min(room, from))}px`;
      tip.style.top = `${drawing.offsetTop + 4 + top + y + item.bounds.y2 + 2}px`;
    }
    function hide() {
      tip.hidden = true;
      now = -1;
    }
    function choose(item) {
      const value = item && item.datum && item.datum[field];
      if (column && value !== undefined && value !== null) filterBy(column, value);
    }

    view.addEventListener("mousemove", (event, item) => {
      const text = item && item.mark.role === "mark" && item.datum ? words(item.datum) : "";
      if (text) show(item, text);
    });
    figure.addEventListener("mouseleave", hide);
    drawing.addEventListener("blur", hide);
    view.addEventListener("click", (event, item) => choose(item));
    drawing.tabIndex = 0;
    drawing.addEventListener("keydown", (event) => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
      const marks = step || event.key === "Enter" ? marksOf(view, words) : [];
      if (event.key === "Escape") hide();
      else if (step && marks.length) {
        event.preventDefault();
        now = (now + step + marks.length) % marks.length;
        const {item, x, text} = marks[now];
        drawing.scrollLeft = Math.max(0, x + view.origin()[0] + item.bounds.x2 - drawing.clientWidth / 2);
        show(item, text);
        heard.textContent = text;
      } else if (event.key === "Enter" && marks[now]) choose(marks[now].item);
    });
  }

  /** Read a chart of the page; its rows stand there without the names of their columns, and a text that comes
   * again as its place in a list of the column's texts. */
  function specOf(figure) {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    for (const [name, {columns, rows, texts = {}}] of Object.entries(spec.datasets)) {
      const told = (value, place) => [columns[place], place in texts ? texts[place][value] : value];
      spec.datasets[name] = rows.map((row) => Object.fromEntries(row.map(told)));
    }
    return spec;
  }

  async function draw(figure, config) {
    const drawing = figure.querySelector(".drawing");
    const spec = specOf(figure);
    // A picture that is saved stands on paper, whatever it is put into.
    const background = getComputedStyle(document.documentElement).backgroundColor;
    const {view} = await vegaEmbed(drawing, {...spec, background}, {
      config, mode: "vega-lite",
      // The interpreter instead of generated code, and no style element: the page's policy allows neither.
      ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false, logLevel: 1,
    });
    // The drawing is one image, told in words: its parts are not told as well.
    drawing.querySelector("svg").setAttribute("aria-hidden", "true");
    explain(figure, view, spec);
    figure.querySelector(".words").before(saveButtons(view, figure.dataset.chart));
  }

  async function drawAll() {
    const figures = document.querySelectorAll("figure.chart");
    if (!figures.length) return;
    const library = make("script", {src: LIBRARY});
    const isThere = new Promise((done) => {
      library.addEventListener("load", done);
      library.addEventListener("error", done);
    });
    document.head.append(library);
    const look = fetch(LOOK).then((answer) => answer.json());
    for (const figure of figures) {
      try {
        await isThere;
        await draw(figure, await look);
        // The browser answers its user between two charts.
        await new Promise((done) => setTimeout(done));
      } catch {
        figure.classList.add("is-failed");
        figure.querySelector(".words").open = true;
      }
    }
    document.documentElement.dataset.drawn = "";
  }

  // ---- What a column means ---------------------------------------------------------------------------

  const pages = new Map();

  /** Find what a link leads to: on this page, or on another, which is then read once. */
  async function targetOf(link) {
    const id = link.hash.slice(1);
    if (link.pathname === location.pathname) return document.getElementById(id);
    if (!pages.has(link.pathname)) {
      const text = fetch(link.pathname).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)));
      pages.set(link.pathname, text.then((found) => new DOMParser().parseFromString(found, "text/html")));
    }
    return (await pages.get(link.pathname)).getElementById(id);
  }

  /** Show what a column means beside its head; without this the link leads to the same words. */
  function showDefinitions() {
    if (!HTMLElement.prototype.showPopover) return;
    const shown = make("div", {className: "definition", popover: "auto"});
    shown.setAttribute("role", "status");
    document.body.append(shown);
    document.addEventListener("click", async (event) => {
      const link = event.target.closest("a.what");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const term = await targetOf(link).catch(() => null);
      if (!term) {
        location.assign(link.href);
        return;
      }
      shown.showPopover();
      shown.replaceChildren(
        make("p", {textContent: term.textContent}), make("p", {textContent: term.nextElementSibling.textContent}),
      );
      const place = link.getBoundingClientRect();
      const room = document.documentElement.clientWidth - shown.offsetWidth - 8;
      shown.style.left = `${scrollX + Math.max(8, Math.min(room, place.left))}px`;
      shown.style.top = `${scrollY + place.bottom + 6}px`;
    });
  }

  /** Open what an address leads into; not every browser does. */
  function openTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details");
    if (!folded) return;
    folded.open = true;
    target.scrollIntoView();
  }

  // ---- Forms and switches ----------------------------------------------------------------------------

  function leaveOutEmpty() {
    for (const form of document.querySelectorAll(".filters form")) {
      form.addEventListener("formdata", ({formData}) => {
        for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
      });
    }
  }

  /** On a small screen the filters would push the figures out of sight. */
  function foldFilters() {
    if (!matchMedia("(max-width: 30rem)").matches) return;
    for (const form of document.querySelectorAll(".filters > details")) form.open = false;
  }

  function closeSwitches() {
    const close = (isLeft) => {
      for (const one of document.querySelectorAll(".switch[open]")) {
        if (isLeft(one)) one.open = false;
      }
    };
    document.addEventListener("click", (event) => close((one) => !one.contains(event.target)));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close((one) => one.contains(document.activeElement) && (one.firstElementChild.focus(), true));
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    leaveOutEmpty();
    foldFilters();
    closeSwitches();
    showDefinitions();
    openTarget();
    addEventListener("hashchange", openTarget);
    drawAll();
  });
})();
