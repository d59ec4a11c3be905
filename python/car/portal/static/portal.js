"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const figure of document.querySelectorAll("figure.chart")) {
    const spec = JSON.parse(figure.querySelector("script").textContent);
    const drawing = figure.querySelector(".drawing");
    vegaEmbed(drawing, spec, {ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false}).then(({view}) => {
      const {column, field} = figure.dataset;
      if (!column) return;
      view.addEventListener("click", (event, item) => {
        const value = item && item.datum && item.datum[field];
        if (value === undefined || value === null) return;
        const url = new URL(location.href);
        url.searchParams.set(column, value);
        location.assign(url);
      });
    });
  }
});
