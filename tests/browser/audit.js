// What a page must hold, asked of the browser: each function returns what does not, in words.
const audit = (() => {
  const LARGE = 24, LARGE_BOLD = 18.66;

  function numbers(colour) {
    const found = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(colour);
    if (!found) { throw new Error(`not a colour that is understood: ${colour}`); }
    return [Number(found[1]), Number(found[2]), Number(found[3]), found[4] === undefined ? 1 : Number(found[4])];
  }
  function over(front, back) {
    return [0, 1, 2].map((k) => front[k] * front[3] + back[k] * (1 - front[3])).concat(1);
  }
  function luminance(colour) {
    const [r, g, b] = colour.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  function opacity(element, until) {
    let share = 1;
    for (let at = element; at && at !== until; at = at.parentElement) { share *= Number(getComputedStyle(at).opacity); }
    return share;
  }
  function shown(element) {
    return element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  }
  function backOf(element) {
    const layers = [];
    let at = element;
    for (; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) { layers.push(colour); }
      if (colour[3] === 1) { break; }
    }
    if (!at) { throw new Error("no opaque ground"); }
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255, 1]);
  }
  function filled(shape) {
    const style = getComputedStyle(shape);
    if (style.fill === "none") { return null; }
    const colour = numbers(style.fill);
    colour[3] *= Number(style.fillOpacity) * opacity(shape, shape.ownerSVGElement);
    return colour;
  }
  // what lies under a point (in pixels of the window) of a drawing, painted before an element
  const shapesOf = new Map();
  function shapes(svg) {
    if (!shapesOf.has(svg)) {
      const found = [];
      svg.querySelectorAll("rect, path").forEach((shape) => {
        const colour = filled(shape);
        if (colour && colour[3] > 0) { found.push({ shape, colour, box: shape.getBoundingClientRect() }); }
      });
      shapesOf.set(svg, found);
    }
    return shapesOf.get(svg);
  }
  function under(element, x, y, grounds = "*") {
    const svg = element.ownerSVGElement;
    let back = backOf(svg);
    for (const { shape, colour, box } of shapes(svg)) {
      if (!(shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)) { continue; }
      if (!shape.matches(grounds) || x < box.left || x > box.right || y < box.top || y > box.bottom) { continue; }
      const inside = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse());
      if (shape.isPointInFill(inside)) { back = over(colour, back); }
    }
    return back;
  }
  function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode, parent = node.parentElement;
      if (!node.data.trim() || !shown(parent)) { continue; }
      if (parent.closest("script, style, title, desc, option, .skip:not(:focus)")) { continue; }
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = parent.ownerSVGElement ? [parent.getBoundingClientRect()] : [...range.getClientRects()];
      const seen = boxes.filter((box) => box.width > 0 && box.height > 0);
      if (seen.length) { found.push({ node, parent, boxes: seen }); }
    }
    return found;
  }
  function where(element, words) {
    const box = element.closest("section, header, nav, footer");
    const kind = element.getAttribute("class");
    return `${box && box.id ? "#" + box.id + " " : ""}${element.tagName}${kind ? "." + kind : ""} ` +
      JSON.stringify((words ?? element.textContent).trim().slice(0, 60));
  }
  function distinct(lines) { return [...new Set(lines)]; }

  return {
    // WCAG 1.4.3: 4.5 for text, 3 for large text
    faintTexts() {
      const poor = [];
      for (const { node, parent, boxes } of texts()) {
        const style = getComputedStyle(parent), svg = parent.ownerSVGElement;
        const colour = svg ? filled(parent) : numbers(style.color);
        const back = svg
          ? under(parent, boxes[0].left + boxes[0].width / 2, boxes[0].top + boxes[0].height / 2) : backOf(parent);
        colour[3] *= svg ? 1 : opacity(parent);
        const size = parseFloat(style.fontSize) * (svg ? svg.getScreenCTM().a : 1);
        const large = size >= LARGE || (size >= LARGE_BOLD && Number(style.fontWeight) >= 700);
        const ratio = contrast(over(colour, back), back);
        if (ratio < (large ? 3 : 4.5)) { poor.push(`${ratio.toFixed(2)} ${where(parent, node.data)}`); }
      }
      return distinct(poor);
    },
    // WCAG 1.4.11: 3 for what has to be seen; grids, bands and the strength of a cell are beside numbers
    faintMarks() {
      const poor = [];
      const marks = ".plot .line, .plot .reference, .plot .bar, .plot .leader, .plot .marker path, .heat .mark, .heat .below";
      document.querySelectorAll(marks).forEach((mark) => {
        if (!shown(mark)) { return; }
        const style = getComputedStyle(mark);
        const colour = style.stroke === "none" ? filled(mark) : numbers(style.stroke);
        if (style.stroke !== "none") { colour[3] *= Number(style.strokeOpacity) * opacity(mark, mark.ownerSVGElement); }
        const at = mark.getPointAtLength(mark.getTotalLength() / 2).matrixTransform(mark.getScreenCTM());
        const back = under(mark, at.x, at.y, "rect, .band");
        const ratio = contrast(over(colour, back), back);
        if (ratio < 3) { poor.push(`${ratio.toFixed(2)} ${mark.getAttribute("class") || where(mark.parentElement)}`); }
      });
      return distinct(poor);
    },
    // nothing is wider than the page, but in a box that scrolls; nothing is cut by a box that does not
    cutOff() {
      const wide = [], width = document.documentElement.clientWidth;
      const root = document.documentElement;
      if (root.scrollWidth > width) { wide.push(`the page scrolls sideways: ${root.scrollWidth} of ${width}`); }
      function holder(element) {
        for (let at = element; at && at !== document.body; at = at.parentElement) {
          const style = getComputedStyle(at);
          if (style.overflowX !== "visible" && style.overflowX !== "clip") { return at; }
          if (style.overflowX === "clip" || style.textOverflow === "ellipsis") { return null; }
        }
        return document.body;
      }
      for (const { node, parent, boxes } of texts()) {
        const svg = parent.ownerSVGElement;
        if (svg) {
          const frame = svg.getBoundingClientRect(), box = boxes[0];
          if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 ||
              box.bottom > frame.bottom + 1) { wide.push(`cut by its drawing: ${where(parent)}`); }
          continue;
        }
        const box = holder(parent);
        if (box === null) { wide.push(`may be cut: ${where(parent, node.data)}`); continue; }
        if (box !== document.body) {
          if (!box.matches(".scroll")) { wide.push(`scrolls where it should not: ${where(parent, node.data)}`); }
          continue;
        }
        if (boxes.some((own) => own.right > width + 1 || own.left < -1)) { wide.push(`too wide: ${where(parent, node.data)}`); }
      }
      document.querySelectorAll(".scroll, svg, input, select, button, figure").forEach((element) => {
        const box = element.getBoundingClientRect();
        if (shown(element) && !element.closest("table") && (box.right > width + 1 || box.left < -1)) {
          wide.push(`too wide: ${where(element)}`);
        }
      });
      return distinct(wide);
    },
    // words of a drawing that lie on each other
    overlaps() {
      const found = [];
      const byDrawing = new Map();
      for (const { parent, boxes } of texts()) {
        const svg = parent.ownerSVGElement;
        if (svg) { byDrawing.set(svg, [...(byDrawing.get(svg) || []), { parent, box: boxes[0] }]); }
      }
      byDrawing.forEach((words) => words.forEach((one, k) => words.slice(k + 1).forEach((other) => {
        const x = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const y = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (x > 2 && y > 4) { found.push(`${where(one.parent)} on ${where(other.parent)}`); }
      })));
      return distinct(found);
    },
    headings() {
      return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown).map((one) => Number(one.tagName[1]));
    },
    // every text that can be seen, without the parts that are for screens only
    words() {
      return texts().filter(({ parent }) => !parent.closest("nav, .skip, .controls, #explorer > p:first-child, #retrieved, .screen")).map(({ node }) => node.data.trim());
    },
    // what a keyboard can reach: a group of radio buttons and one of tokens count once
    stops() {
      const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex]")];
      return all.filter((one) => shown(one) && one.tabIndex >= 0 && !(one.type === "radio" && !one.checked)).length;
    },
    // where the keyboard is now: its place among all elements, and what is wrong with how it is shown
    focus() {
      const at = document.activeElement;
      if (!at || at === document.body) { return null; }
      const style = getComputedStyle(at), box = at.getBoundingClientRect(), wrong = [];
      if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) { wrong.push("no outline"); }
      else if (style.outlineStyle !== "auto" && contrast(numbers(style.outlineColor), backOf(at.parentElement)) < 3) {
        wrong.push("a faint outline");
      }
      if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) { wrong.push("out of sight"); }
      const place = [...document.querySelectorAll("*")].indexOf(at);
      return { place, name: where(at), wrong };
    },
    unscrollable() {
      return [...document.querySelectorAll("*")].filter((one) => shown(one) && one !== document.documentElement &&
        one.scrollWidth > one.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(one).overflowX) &&
        one.tabIndex < 0).map((one) => where(one));
    },
    // how many elements of each kind there are, and which attributes they have
    census() {
      const counts = {};
      document.querySelectorAll("*").forEach((one) => {
        // a long legend of a drawing takes several lines
        if (one.matches(".scale text")) { return; }
        const key = `${one.tagName} ${one.getAttributeNames().sort().join(" ")}`;
        counts[key] = (counts[key] || 0) + 1;
      });
      return counts;
    },
    links() { return [...document.querySelectorAll("[href], [src], [action]")].map((one) =>
      one.getAttribute("href") ?? one.getAttribute("src") ?? one.getAttribute("action")); },
  };
})();
