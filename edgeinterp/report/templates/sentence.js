"use strict";
document.querySelectorAll(".sentence").forEach(function (box) {
  // the maps are there already: only their cells are shaded and named anew. Links are drawn here.
  var id = box.id;
  function part(name) { return document.getElementById(id + "-" + name); }
  var data = JSON.parse(part("data").textContent);
  var layer = part("layer"), reading = part("choice"), head = part("head"), anyway = part("anyway");
  var svg = part("links");
  var chosen = -1;
  // as the maps were drawn: a cell with a number in it stays light enough to be read
  var faintest = 0.04, strongest = 0.95, numbered = 0.55;

  function mean(heads) {
    return heads[0].map(function (row, i) {
      return row.map(function (_, j) {
        return heads.reduce(function (sum, one) { return sum + one[i][j]; }, 0) / heads.length;
      });
    });
  }

  function compared(i, j) { return !data.special[j] && j !== i && !(data.causal && j > i); }

  // the values of a row that are compared, and their largest
  function largest(row, i) {
    return row.reduce(function (most, value, j) {
      return value !== null && compared(i, j) ? Math.max(most, value) : most;
    }, 0);
  }

  function matrix() {
    var at = Number(layer.value) - 1, which = Number(head.value);
    if (reading.value !== "attention") { return data.maps[reading.value][at]; }
    return which ? data.attention[at][which - 1] : mean(data.attention[at]);
  }

  function what() {
    var title = reading.options[reading.selectedIndex].text, which = Number(head.value);
    if (reading.value !== "attention") { return title; }
    return "attention, " + (which ? "head " + which : "mean over heads");
  }

  function fill(name, values) {
    var cells = document.querySelectorAll("#" + id + "-" + name + " g.cell");
    values.forEach(function (row, i) {
      var most = largest(row, i);
      row.forEach(function (value, j) {
        var cell = cells[i * row.length + j];
        if (value === null) { return; }
        var share = most > 0 ? Math.min(value / most, 1) : 0;
        var number = cell.querySelector("text");
        var top = number ? numbered : strongest;
        cell.querySelector("rect").setAttribute("fill-opacity", (faintest + share * (top - faintest)).toFixed(3));
        if (number) { number.textContent = value.toFixed(3); }
        var title = cell.querySelector("title");
        var mark = / \(between .*\)$/.exec(title.textContent);
        title.textContent = "at " + i + " " + data.tokens[i] + ", of " + j + " " + data.tokens[j] + ": " +
          value.toFixed(3) + (mark ? mark[0] : "");
      });
    });
  }

  // what is known of a row: rows of tokens, or the one row of a special token that classifiers read
  function licence(i) {
    var at = Number(layer.value) - 1, which = Number(head.value);
    if (reading.value === "influence") { return { verdict: "measured", because: "each token was replaced in this text" }; }
    if (data.special[i] && i !== data.classifier_row) {
      return { verdict: "not judged", because: "no row of this special token is judged" };
    }
    if (reading.value === "attention" && which && !data.special[i]) {
      var name = (at + 1) + "." + which;
      return data.heads[name] ||
        { verdict: "not judged", because: data.head_not_judged.replace("{head}", name) };
    }
    if (reading.value === "attention" && which) {
      return { verdict: "not judged", because: "this row is judged for the mean over heads alone" };
    }
    return data.licences[reading.value][data.special[i] ? "special" : "token"][at];
  }
  function held(i) { return ["supported", "measured"].indexOf(licence(i).verdict) >= 0; }

  function made(name, attributes, parent) {
    var element = document.createElementNS(svg.namespaceURI, name);
    Object.keys(attributes).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    parent.append(element);
    return element;
  }

  var marks = { supported: "✓", measured: "✓", weakened: "~", unsupported: "✗", undecided: "?" };
  var high = 24, left = 130, right = 270, wide = 400;
  var rows = [], lines;
  function word(index, x, anchor, parent) {
    var token = data.tokens[index];
    var text = made("text", { x: x, y: index * high + 17, "text-anchor": anchor }, parent);
    text.textContent = token.length > 15 ? token.slice(0, 14) + "…" : token.trim() === "" ? "␣" : token;
    made("title", {}, text).textContent = token;
  }
  function frame() {
    svg.setAttribute("viewBox", "0 0 " + wide + " " + data.tokens.length * high);
    lines = made("g", { "aria-hidden": "true" }, svg);
    data.tokens.forEach(function (token, index) {
      var row = made("g", { "class": "row", role: "button", tabindex: index ? -1 : 0, "aria-label": index + " " + token }, svg);
      made("rect", { x: 0, y: index * high + 1, width: left - 4, height: high - 2, rx: 4 }, row);
      word(index, left - 10, "end", row);
      var to = made("g", { "aria-hidden": "true" }, svg);
      word(index, right + 10, "start", to);
      row.addEventListener("mouseenter", function () { link(index); });
      row.addEventListener("mouseleave", function () { link(chosen); });
      row.addEventListener("focus", function () { link(index); });
      row.addEventListener("click", function () { chosen = chosen === index ? -1 : index; link(chosen); });
      rows.push(row);
    });
  }

  function link(asked) {
    var values = matrix(), all = anyway.checked;
    lines.replaceChildren();
    rows.forEach(function (row, i) {
      var holds = held(i);
      row.classList.toggle("asked", i === asked);
      row.classList.toggle("denied", !holds);
      row.setAttribute("aria-pressed", String(i === chosen));
      if (asked >= 0 ? i !== asked : data.special[i]) { return; }
      if (!holds && !all) { return; }
      var most = largest(values[i], i);
      values[i].forEach(function (value, j) {
        var share = most > 0 && value !== null && compared(i, j) ? value / most : 0;
        if (share < 0.05) { return; }
        made("line", {
          x1: left, y1: i * high + 12, x2: right, y2: j * high + 12, "class": holds ? "link" : "link denied",
          "stroke-opacity": ((asked < 0 ? 0.6 : 1) * (holds ? share : share / 2)).toFixed(2), "stroke-width": (0.5 + 2.5 * share).toFixed(1)
        }, lines);
      });
    });
    part("row").textContent = asked < 0 ? "No token is chosen." : said(asked, values[asked]);
  }

  function called(i) { return "“" + data.tokens[i] + "” (" + i + ")"; }
  function said(i, row) {
    var found = licence(i);
    if (!held(i) && !anyway.checked) { return called(i) + ": not drawn; " + found.verdict + ": " + found.because + "."; }
    var all = 0, drawn = 0, best = [];
    row.forEach(function (value, j) {
      all += value || 0;
      if (value === null || !compared(i, j)) { return; }
      drawn += value;
      best.push([value, j]);
    });
    best.sort(function (a, b) { return b[0] - a[0]; });
    var words = best.slice(0, 5).map(function (pair) { return called(pair[1]) + " " + pair[0].toFixed(3); }).join(", ");
    var rest = reading.value === "influence" ? "" :
      " Drawn is " + Math.round(all > 0 ? 100 * drawn / all : 0) + " % of its row; special tokens and itself have the rest.";
    return called(i) + ", " + what() + (held(i) ? "" : ", which may not be read (" + found.verdict + ")") +
      ", takes most from " + (words || "nothing") + "." + rest;
  }

  function permitted() {
    if (reading.value === "influence") { return "Measured in every layer."; }
    var held = data.licences[reading.value].token
      .map(function (one, at) { return one.verdict === "supported" ? at + 1 : 0; }).filter(Boolean);
    return (held.length ? "Layers in which rows of tokens may be read by it: " + held.join(", ") : "No layer may be read by it") + ".";
  }

  function draw() {
    var at = Number(layer.value) - 1, which = Number(head.value);
    head.disabled = reading.value !== "attention";
    head.setAttribute("aria-valuetext", which ? "head " + which : "mean over heads");
    layer.setAttribute("aria-valuetext", "attention layer " + (at + 1));
    part("at").textContent = (at + 1) + " of " + layer.max;
    part("which").textContent = head.disabled ? "" : which ? String(which) : "mean";
    part("shown").textContent = "Attention layer " + (at + 1) + ", " + what() +
      (reading.value === "influence" ? "." : "; influence after that block.");
    if (document.querySelector("#" + id + " .maps")) {
      fill("reading", matrix());
      fill("influence", data.influence[at]);
    }
    if (svg) {
      var token = data.special.indexOf(false), known = licence(token), holds = held(token);
      var chip = document.createElement("span");
      chip.className = "chip " + (known.verdict in marks ? known.verdict : "undecided");
      chip.textContent = (marks[known.verdict] || "") + " " + known.verdict;
      part("licence").className = holds ? "" : "denied";
      // a reason stands there at once where something is denied, and on request where it is not
      var figures = known.rho === undefined || known.rho === null ? "" : " rho with influence " + known.rho.toFixed(2) +
        (known.texts ? " on " + known.texts + " texts; of texts unlike those it says nothing." : ".");
      var denied = anyway.checked ? " Drawn dashed on request, though rows of tokens may not be read: " :
        " Rows of tokens are not drawn: ";
      part("licence").replaceChildren(chip, (holds ? figures : denied + known.because + ".") + " " +
        (which && reading.value === "attention" ? "" : permitted()));
      part("why").textContent = known.because + ".";
      part("why").parentElement.hidden = !holds;
      link(chosen);
    }
  }

  if (svg) {
    frame();
    svg.addEventListener("keydown", function (event) {
      var steps = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1, Home: -rows.length, End: rows.length };
      var at = rows.indexOf(document.activeElement);
      if (at < 0) { return; }
      if (event.key === "Escape") {
        chosen = -1;
        link(chosen);
        return;
      }
      if (event.key === "Enter" || event.key === " ") {
        chosen = chosen === at ? -1 : at;
        link(chosen);
        event.preventDefault();
        return;
      }
      if (!(event.key in steps)) { return; }
      var next = Math.min(rows.length - 1, Math.max(0, at + steps[event.key]));
      rows[at].setAttribute("tabindex", -1);
      rows[next].setAttribute("tabindex", 0);
      rows[next].focus();
      event.preventDefault();
    });
    svg.addEventListener("focusout", function () { link(chosen); });
    anyway.addEventListener("change", draw);
    document.querySelector("#" + id + " .links").hidden = false;
  }
  [layer, head].forEach(function (slider) { slider.addEventListener("input", draw); });
  reading.addEventListener("change", draw);
  document.querySelector("#" + id + " .controls").hidden = false;
  draw();
});
