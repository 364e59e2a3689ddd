
"use strict";
(function () {
  // details are opened for printing, and left as they were afterwards
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.filter.call(document.querySelectorAll("details"), function (part) { return !part.open; });
    opened.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (part) { part.open = false; });
  });

  var source = document.getElementById("example-data");
  if (!source) { return; }
  var data = JSON.parse(source.textContent);
  var slider = document.getElementById("state");
  var box = document.getElementById("tokens");
  var pinned = -1;

  function map() { return document.querySelector("input[name=map]:checked").value; }
  function targets() { return data.layers[Number(slider.value)][map()] || []; }
  function kind(index, target) {
    if (!(target >= 0 && target < data.tokens.length)) { return "none"; }
    return target === index || data.tokens[target] === data.tokens[index] ? "own" : "other";
  }
  function named(index) { return "“" + data.tokens[index] + "” (position " + index + ")"; }

  var buttons = data.tokens.map(function (token, index) {
    var button = document.createElement("button");
    button.type = "button";
    button.tabIndex = index === 0 ? 0 : -1;
    var text = document.createElement("span");
    text.textContent = token.trim() === "" ? "␣" : token;
    var under = document.createElement("small");
    button.append(text, under);
    button.addEventListener("mouseenter", function () { show(index); });
    button.addEventListener("mouseleave", function () { show(pinned); });
    button.addEventListener("focus", function () { show(index); });
    button.addEventListener("click", function () { pinned = pinned === index ? -1 : index; show(index); });
    box.append(button);
    return button;
  });

  function show(index) {
    var found = targets();
    var target = index < 0 ? -1 : found[index];
    var known = index >= 0 && kind(index, target) !== "none";
    buttons.forEach(function (button, place) {
      button.classList.toggle("asked", place === index);
      button.classList.toggle("target", known && place === target);
      button.setAttribute("aria-pressed", String(place === pinned));
    });
    var words = "No token is chosen.";
    if (index >= 0) {
      words = named(index);
      if (!known) { words += " was not looked up."; }
      else if (target === index) { words += " retrieves itself."; }
      else if (kind(index, target) === "own") { words += " retrieves the same token at position " + target + "."; }
      else { words += " retrieves " + named(target) + "."; }
    }
    document.getElementById("retrieved").textContent = words;
  }

  function draw() {
    var found = targets(), own = 0, asked = 0;
    buttons.forEach(function (button, index) {
      var what = kind(index, found[index]);
      asked += what === "none" ? 0 : 1;
      own += what === "own" ? 1 : 0;
      button.className = "token " + what;
      button.lastChild.textContent = what === "other" ? "→ " + data.tokens[found[index]] : "";
    });
    var state = Number(slider.value), last = data.layers.length - 1;
    var reader = state < last ? "read by attention " + (state + 1) : "read by no attention layer";
    document.getElementById("state-shown").textContent = state;
    slider.setAttribute("aria-valuetext", "hidden state " + state + ", " + reader);
    document.getElementById("summary").textContent = "Hidden state " + state + " (" + reader + "), " + map() + ": " +
      own + " of " + asked + " tokens retrieve their own token.";
    show(pinned);
  }

  box.addEventListener("keydown", function (event) {
    var steps = { ArrowRight: 1, ArrowLeft: -1, Home: -buttons.length, End: buttons.length };
    var at = buttons.indexOf(document.activeElement);
    if (at < 0 || !(event.key in steps)) { return; }
    var next = Math.min(buttons.length - 1, Math.max(0, at + steps[event.key]));
    buttons[at].tabIndex = -1;
    buttons[next].tabIndex = 0;
    buttons[next].focus();
    event.preventDefault();
  });
  slider.addEventListener("input", draw);
  document.querySelectorAll("input[name=map]").forEach(function (radio) { radio.addEventListener("change", draw); });
  document.getElementById("explorer").hidden = false;
  document.getElementById("example-table").open = false;
  draw();
}());
