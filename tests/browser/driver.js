// What the tests do inside JupyterLab and Notebook 7, through `window.jupyterapp`.
// Waiting is on conditions; `call` puts the limit on it.

window.driver = {
  /** Call one of these functions, and give up after `limit` milliseconds. */
  call(name, given, limit) {
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Error(`${name} took longer than ${limit} ms`)), limit);
    });
    return Promise.race([this[name](...given), late]);
  },

  /** Wait until the notebook that the page shows has a kernel. */
  async ready() {
    const app = window.jupyterapp;
    await app.restored;
    const panel = await this.until(() => this.panel());
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
    await panel.revealed;
    return true;
  },

  panel() {
    const { currentWidget } = window.jupyterapp.shell;
    return currentWidget && currentWidget.sessionContext ? currentWidget : null;
  },

  async until(find) {
    for (;;) {
      const found = find();
      if (found) return found;
      await new Promise(requestAnimationFrame);
    }
  },

  cells() {
    return this.panel().content.widgets;
  },

  cell(id) {
    const cell = this.cells().find(({ model }) => model.id === id);
    if (!cell) throw new Error(`There is no cell ${id}.`);
    return cell;
  },

  position(id) {
    return this.cells().indexOf(this.cell(id));
  },

  /** Run all cells. Answers whether all of them succeeded. */
  runAll() {
    return window.jupyterapp.commands.execute("notebook:run-all-cells");
  },

  /** Run one cell. Answers whether it succeeded. */
  run(id) {
    this.select(id);
    return window.jupyterapp.commands.execute("notebook:run-cell");
  },

  /** Run one cell, and do not wait for its end: it asks something. */
  begin(id) {
    this.run(id);
    return true;
  },

  select(id) {
    const { content } = this.panel();
    content.deselectAll();
    content.activeCellIndex = this.position(id);
  },

  edit(id, source) {
    this.cell(id).model.sharedModel.setSource(source);
  },

  /** The outputs of all code cells: {id: [output, …]}, as in a notebook's file. */
  outputs() {
    const code = this.cells().filter(({ model }) => model.type === "code");
    return Object.fromEntries(code.map(({ model }) => [model.id, model.outputs.toJSON()]));
  },

  async theme(name) {
    await window.jupyterapp.commands.execute("apputils:change-theme", { theme: name });
    const light = String(name.includes("Light"));
    await this.until(() => document.body.dataset.jpThemeLight === light);
    await this.painted();
  },

  /** Show nothing but the notebook: no side bars, no status bar. */
  async zen() {
    const { commands, shell } = window.jupyterapp;
    if (shell.leftCollapsed === false) shell.collapseLeft();
    if (shell.rightCollapsed === false) shell.collapseRight();
    if (commands.isToggled("statusbar:toggle")) await commands.execute("statusbar:toggle");
    await this.painted();
  },

  /** Scroll to a cell, and wait until it is painted there. */
  async show(id) {
    this.cell(id).node.scrollIntoView({ block: "start" });
    await this.painted();
  },

  async painted() {
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  },

  /** Texts in cards that are hard to read: less contrast than `least`. */
  faint(least) {
    const found = new Map();
    for (const card of document.querySelectorAll(".nbflask-card")) {
      const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.data.trim();
        if (!text || element.tagName === "STYLE" || !element.checkVisibility()) continue;
        const ratio = contrastOf(element);
        if (ratio < least) found.set(`${nameOf(element)} ${ratio.toFixed(1)}`, text.slice(0, 40));
      }
    }
    return Object.fromEntries(found);
  },

  /** Cards that are wider than the output that holds them. */
  tooWide() {
    const cards = [...document.querySelectorAll(".nbflask-card")];
    return cards
      .filter((card) => {
        const room = card.closest(".jp-OutputArea-output").getBoundingClientRect();
        return card.getBoundingClientRect().right > room.right + 1 || card.scrollWidth > card.clientWidth + 1;
      })
      .map((card) => card.innerText.slice(0, 60));
  },

  /** Elements of cards that would look different without the other cards' styles. */
  lent() {
    const cards = [...document.querySelectorAll(".nbflask-card")];
    const sheets = cards.flatMap((card) => [...card.querySelectorAll("style")].map(({ sheet }) => sheet));
    const looks = (card) =>
      [...card.querySelectorAll("*")].map((element) => {
        const { padding, margin, font, color, backgroundColor, display } = getComputedStyle(element);
        return [nameOf(element), padding, margin, font, color, backgroundColor, display].join(" | ");
      });
    return cards.flatMap((card) => {
      const among = looks(card);
      for (const sheet of sheets) sheet.disabled = !card.contains(sheet.ownerNode);
      const alone = looks(card);
      for (const sheet of sheets) sheet.disabled = false;
      return among.filter((look, i) => look !== alone[i]);
    });
  },

  /** Have the focus where the notebook's own keys leave it: on a cell. */
  focus(id) {
    this.select(id);
    this.panel().content.mode = "command";
    this.cell(id).node.focus();
  },

  /** What the notebook's keys would act on, and what they may have changed. */
  standing() {
    const { content } = this.panel();
    const chosen = this.cells().filter((cell) => content.isSelectedOrActive(cell));
    return {
      chosen: chosen.map(({ model }) => model.id),
      mode: content.mode,
      cells: this.cells().map(({ model }) => [model.id, model.type, model.sharedModel.getSource()]),
    };
  },

  /** What in an element can be used, and is cut off, outside of it or under another. */
  overlaps(selector) {
    const within = document.querySelector(selector);
    const room = within.getBoundingClientRect();
    const used = [...within.querySelectorAll("input, select, textarea, button")]
      .map((node) => ({ node, box: node.getBoundingClientRect() }))
      .filter(({ node, box }) => node.checkVisibility() && box.width);
    const isCut = ({ node }) => node.tagName === "BUTTON" && node.scrollWidth > node.clientWidth + 1;
    const isOutside = ({ box }) => box.right > room.right + 1 || box.left < room.left - 1;
    const isUnder = (one) => used.some((other) => one !== other && meet(one.box, other.box));
    return used
      .filter((each) => isCut(each) || isOutside(each) || isUnder(each))
      .map(({ node }) => node.outerHTML.slice(0, 120));
  },

  /** What has the focus, if nobody can see that it has. */
  unseenFocus() {
    const focused = document.activeElement;
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(focused);
    const isDrawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    const isTold = isDrawn && contrastOf(focused.parentElement, outlineColor) >= 3;
    // Browsers bring the line of the caret into sight, not all of a text.
    const { left, right, top, bottom } = focused.getBoundingClientRect();
    const ends = Math.min(bottom, innerHeight);
    const onTop = document.elementFromPoint((left + right) / 2, (top + ends) / 2);
    if (isTold && ends - top >= ONE_LINE && focused.contains(onTop)) return null;
    const why = isTold ? `is under ${onTop?.outerHTML.slice(0, 80)} at ${top} to ${bottom}` : "has no outline";
    return `${focused.outerHTML.slice(0, 80)} ${why}`;
  },
};

/** Pixels that a line of text takes, at least. */
const ONE_LINE = 16;

function meet(one, other) {
  const across = one.left < other.right - 1 && other.left < one.right - 1;
  return across && one.top < other.bottom - 1 && other.top < one.bottom - 1;
}

function nameOf(element) {
  const tag = element.tagName.toLowerCase();
  return element.className ? `${tag}.${element.className}` : `${element.parentElement.className} > ${tag}`;
}

/** WCAG's contrast of an element's text, or another colour, with what stands behind it. */
function contrastOf(element, colour = getComputedStyle(element).color) {
  const behind = [];
  let opacity = 1;
  for (let each = element; each; each = each.parentElement) {
    const style = getComputedStyle(each);
    opacity *= Number(style.opacity);
    behind.push(rgba(style.backgroundColor));
  }
  const ground = behind.reverse().reduce((below, above) => over(above, below), [255, 255, 255, 1]);
  const text = rgba(colour);
  text[3] *= opacity;
  const [high, low] = [luminance(over(text, ground)), luminance(ground)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** Any CSS colour as [red, green, blue, alpha], as a canvas would paint it. */
function rgba(colour) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

function over([red, green, blue, alpha], below) {
  const mix = (channel, at) => channel * alpha + below[at] * (1 - alpha);
  return [mix(red, 0), mix(green, 1), mix(blue, 2), 1];
}

function luminance([red, green, blue]) {
  const linear = [red, green, blue].map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}
